package dev.joule.core.memory;

import java.util.List;

/** JavaCPP's settings, made before its first use. */
public final class JavaCpp {
    private JavaCpp() {
    }

    /**
     * By default JavaCPP refuses to allocate, after seconds of garbage collection, in a process of more than four times the largest Java
     * heap. Here nothing native is left to the garbage collector, and a GPU's libraries alone may take that much. What the user has set stays.
     */
    public static void liftLimits() {
        for (String limit : List.of("org.bytedeco.javacpp.maxBytes", "org.bytedeco.javacpp.maxPhysicalBytes")) {
            if (System.getProperty(limit) == null) {
                System.setProperty(limit, "0");
            }
        }
    }
}
