package dev.joule.core.cpu.product;

import java.util.Random;
import java.util.SplittableRandom;

import dev.joule.core.plan.PlanCase;
import dev.joule.core.plan.RandomProduct;
import org.junit.jupiter.api.Test;

/** Matrix products and scattered sums on the cpu against the reference. */
class ProductsTest {
    @Test
    void randomProductsAgreeWithTheReference() {
        PlanCase.checkCpu(250, 2e-5, RandomProduct::addTo);
    }

    @Test
    void largeProductsAreSharedByRows() {
        check(1, new int[0], 333, 128, 100);
        check(2, new int[]{40}, 17, 64, 65);
    }

    @Test
    void deepProductsAreSharedAlongTheirDepth() {
        check(3, new int[0], 33, 65, 1_777);
        check(4, new int[0], 1, 1, 600_000);
    }

    private static void check(long seed, int[] batch, int m, int n, int k) {
        PlanCase plan = new PlanCase();
        RandomProduct.addTo(plan, new Random(new SplittableRandom(seed).nextLong()), batch, m, n, k);
        plan.checkCpu("seed " + seed, 2e-5);
    }

    @Test
    void randomScatteredSumsAgreeWithTheReference() {
        PlanCase.checkCpu(40, 1e-5, RandomProduct::addScatterTo);
    }
}
