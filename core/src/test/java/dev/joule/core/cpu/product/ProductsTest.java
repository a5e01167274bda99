package dev.joule.core.cpu.product;

import dev.joule.core.DType;
import dev.joule.core.plan.PlanCase;
import dev.joule.core.plan.RandomProduct;
import dev.joule.core.plan.Seeds;
import org.junit.jupiter.api.Test;

/** Matrix products and scattered sums on the cpu against the reference. */
class ProductsTest {
    @Test
    void randomProductsAgreeWithTheReference() {
        PlanCase.checkCpu(250, 2e-5, RandomProduct::addTo);
    }

    @Test
    void largeProductsAreSharedByRows() {
        check(new int[0], 333, 128, 100);
        check(new int[]{40}, 17, 64, 65);
    }

    @Test
    void deepProductsAreSharedAlongTheirDepth() {
        check(new int[0], 33, 65, 1_777);
        check(new int[0], 1, 1, 300_000);
    }

    /** In both types, and with operands that lie in several ways. */
    private static void check(int[] batch, int m, int n, int k) {
        PlanCase.checkCpu(6, 2e-5, (plan, seed) -> RandomProduct.addTo(plan, Seeds.random(seed),
                seed % 2 == 0 ? DType.FLOAT32 : DType.FLOAT64, batch, m, n, k));
    }

    @Test
    void randomScatteredSumsAgreeWithTheReference() {
        PlanCase.checkCpu(40, 1e-5, RandomProduct::addScatterTo);
    }
}
