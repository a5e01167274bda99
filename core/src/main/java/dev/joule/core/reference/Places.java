package dev.joule.core.reference;

import java.util.function.Consumer;

/** The places of a domain in row-major order: (0, 0), (0, 1), ... */
final class Places {
    private Places() {
    }

    static void forEach(int[] domain, Consumer<int[]> action) {
        from(0, domain, new int[domain.length], action);
    }

    private static void from(int axis, int[] domain, int[] place, Consumer<int[]> action) {
        if (axis == domain.length) {
            action.accept(place);
            return;
        }
        for (place[axis] = 0; place[axis] < domain[axis]; place[axis]++) {
            from(axis + 1, domain, place, action);
        }
        place[axis] = 0;
    }
}
