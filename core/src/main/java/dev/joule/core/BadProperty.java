package dev.joule.core;

/** A system property of Joule's has a value that makes no sense. The message is one line that names it. */
public final class BadProperty extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public BadProperty(String message) {
        super(message);
    }
}
