package dev.joule.core;

import java.util.List;

import dev.joule.core.plan.Plan;

/** Something that plans run on. */
public interface Device {
    /** The name that a user chooses it by. */
    String name();

    /** What it is, in one line: threads, vector width, library versions. */
    String description();

    /**
     * Whether its products of float32 matrices read windows of an array where they lie ({@link dev.joule.core.plan.MatMulStep}), and are quick if
     * there are many small ones; else a plan should write windows out.
     */
    default boolean readsWindows() {
        return false;
    }

    /**
     * Lays out a plan's memory and makes it ready to run.
     *
     * @param externals the tensors that external slots refer to; they stay the caller's, who keeps them open while the execution is
     * @param seed the key of all random numbers
     */
    Execution prepare(Plan plan, List<Tensor> externals, long seed);
}
