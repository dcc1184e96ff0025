package dev.plimsoll.wire.run;

/** AdamW (Loshchilov & Hutter 2019) with a global norm clip; maxGradientNorm 0 clips nothing. */
public record OptimizerSettings(
        LearningRate learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        double maxGradientNorm) {

    public OptimizerSettings {
        requireRange("beta1", beta1, 0, 1);
        requireRange("beta2", beta2, 0, 1);
        requireRange("epsilon", epsilon, 0, 1);
        requireRange("weight-decay", weightDecay, 0, 10);
        requireRange("max-gradient-norm", maxGradientNorm, 0, Double.MAX_VALUE);
    }

    static void requireRange(String name, double value, double low, double high) {
        if (!(value >= low && value <= high)) {
            throw new IllegalArgumentException(
                    name + " is " + value + "; it must lie in [" + low + ", " + high + "]");
        }
    }
}
