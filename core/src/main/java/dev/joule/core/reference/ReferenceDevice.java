package dev.joule.core.reference;

import java.util.List;

import dev.joule.core.Device;
import dev.joule.core.Execution;
import dev.joule.core.Tensor;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.PlanCheck;

/** The oracle: every step as its definition reads, in plain loops and in double. Other devices are tested against it. */
public final class ReferenceDevice implements Device {
    @Override
    public String name() {
        return "reference";
    }

    @Override
    public String description() {
        return "plain loops on one thread, computing in double";
    }

    @Override
    public boolean readsWindows() {
        return true;
    }

    @Override
    public Execution prepare(Plan plan, List<Tensor> externals, long seed) {
        PlanCheck.check(plan, externals);
        return new ReferenceExecution(plan, externals, seed);
    }
}
