package dev.joule.core.plan;

/** One step of a plan. The steps run in order, each as if the one before it had ended. */
public sealed interface Step permits LoopStep, MatMulStep, ScatterAddStep {
    /** The expression that it came from, for people: operation and source line. */
    String origin();
}
