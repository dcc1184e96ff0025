package dev.plimsoll.wire.run;

/** In which numbers gradients travel. */
public enum GradientDtype {
    /** As the worker's engine computes: bf16 where it computes in bf16 or less, else fp32. */
    AUTO,
    FP32,
    /** Rounded at random, without bias. */
    BF16
}
