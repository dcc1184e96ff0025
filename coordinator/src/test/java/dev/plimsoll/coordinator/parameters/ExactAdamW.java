package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.run.OptimizerSettings;

/** {@link AdamW}'s formula with its scalars, in double: what its roundings are measured against. */
final class ExactAdamW {
    private final OptimizerSettings settings;

    ExactAdamW(OptimizerSettings settings) {
        this.settings = settings;
    }

    void update(double[] p, double[] g, double[] m, double[] v, long update, double learningRate) {
        AdamW.Scalars scalars = AdamW.Scalars.of(settings, update, learningRate);
        for (int i = 0; i < p.length; i++) {
            double decayed = p[i] * scalars.decay();
            m[i] = m[i] + scalars.firstWeight() * (g[i] - m[i]);
            v[i] = v[i] * settings.beta2() + scalars.secondWeight() * g[i] * g[i];
            double denominator = Math.sqrt(v[i]) / scalars.rootBias() + settings.epsilon();
            p[i] = decayed - scalars.stepSize() * m[i] / denominator;
        }
    }
}
