package dev.joule.core.plan;

import java.util.ArrayList;
import java.util.List;

/** An array that a step writes: its view, and the domain that it covers. */
public record Written(View view, int[] domain) {

    /** All that a step writes. */
    public static List<Written> by(Step step) {
        return switch (step) {
            case LoopStep loop -> {
                List<Written> all = new ArrayList<>();
                loop.stores().forEach(store -> all.add(new Written(store.view(), loop.domain())));
                loop.reductions().forEach(reduction -> all.add(new Written(reduction.view(), kept(loop))));
                yield all;
            }
            case MatMulStep mul -> List.of(new Written(mul.c(), mul.cDomain()));
            case ScatterStep scatter -> List.of(new Written(scatter.target(), scatter.to()));
        };
    }

    /** The domain of a loop in which each reduced axis has size 1. */
    private static int[] kept(LoopStep loop) {
        int[] domain = loop.domain().clone();
        for (int axis = loop.reduceFrom(); axis < loop.reduceTo(); axis++) {
            domain[axis] = 1;
        }
        return domain;
    }
}
