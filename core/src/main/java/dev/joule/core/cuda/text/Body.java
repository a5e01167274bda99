package dev.joule.core.cuda.text;

import java.util.List;

/**
 * A device function, and one call of it.
 *
 * @param code its text, with {@link #NAME} where its name goes: equal texts become one function
 * @param arguments those behind {@code block}, {@code state} and, for a block's own rows, {@code row}
 * @param blocks how many blocks of threads share the work; for a block's own rows, how often it calls the function
 * @param scratchBytes memory that the step needs for itself, the same for all bodies of a step
 */
public record Body(int step, String origin, String code, List<Arg> arguments, long blocks, long scratchBytes) {
    public static final String NAME = "NAME";
    /** Threads in a block, always. */
    public static final int THREADS = 256;

    public Body {
        arguments = List.copyOf(arguments);
    }

    /** The arguments of functions that one kernel calls one after the other, each once. */
    public static List<Arg> distinctArguments(List<Body> bodies) {
        return bodies.stream().flatMap(body -> body.arguments().stream()).distinct().toList();
    }

    /** How many blocks so many threads are. */
    static long blocks(long threads) {
        return (threads + THREADS - 1) / THREADS;
    }
}
