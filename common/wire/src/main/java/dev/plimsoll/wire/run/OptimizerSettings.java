package dev.plimsoll.wire.run;

import dev.plimsoll.wire.settings.RunCatalogue;

/** AdamW (Loshchilov & Hutter 2019) with a global norm clip; maxGradientNorm 0 clips nothing. */
public record OptimizerSettings(
        LearningRate learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        double maxGradientNorm) {

    public OptimizerSettings {
        RunCatalogue.BETA1.require(beta1);
        RunCatalogue.BETA2.require(beta2);
        RunCatalogue.EPSILON.require(epsilon);
        RunCatalogue.WEIGHT_DECAY.require(weightDecay);
        RunCatalogue.MAX_GRADIENT_NORM.require(maxGradientNorm);
    }
}
