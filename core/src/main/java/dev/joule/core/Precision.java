package dev.joule.core;

/** How a GPU's matrix units take the operands of float32 products; sums are in float32 always. */
public enum Precision {
    /** All 24 bits. */
    FLOAT32,
    /** 11 bits, with float32's range: several times as fast. */
    TF32,
    /** 8 bits, with float32's range. */
    BFLOAT16
}
