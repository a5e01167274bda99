package dev.joule.core.cuda.driver;

/** A GPU, its driver or one of its libraries has reported an error. */
public final class DeviceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public DeviceException(String message) {
        super(message);
    }

    public DeviceException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Does what has to follow a failure; the caller gets to see that, and not what fails now. */
    public static void quietly(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            System.getLogger(DeviceException.class.getName()).log(System.Logger.Level.DEBUG, "after a failure", e);
        }
    }
}
