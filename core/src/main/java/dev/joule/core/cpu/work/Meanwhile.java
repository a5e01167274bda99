package dev.joule.core.cpu.work;

/** What a worker can do for others while it waits for them. */
@FunctionalInterface
public interface Meanwhile {
    Meanwhile NOTHING = _ -> false;

    /** Does a little, if there is something to do: whether there was. */
    boolean help(int worker);
}
