package dev.joule.core.cuda.text;

/** What a generated function is called with, beside its block and the program's state. */
public sealed interface Arg {
    /** The address of an element of a slot. */
    record Element(int slot, long element) implements Arg {
    }

    /** The address of a byte of the scratch memory that a step has for itself. */
    record Scratch(long offset) implements Arg {
    }

    /** A number, so that functions that differ in nothing else have one text. */
    record Number(int value) implements Arg {
    }
}
