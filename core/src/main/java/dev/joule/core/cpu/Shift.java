package dev.joule.core.cpu;

import dev.joule.core.plan.View;

/** How many elements a view is further on in each block of rows. */
@FunctionalInterface
interface Shift {
    /** There is one block only. */
    Shift NONE = _ -> 0;

    long of(View view);
}
