package dev.plimsoll.model.optimizer;

import dev.plimsoll.wire.run.OptimizerSettings;

/** {@link AdamW}'s formula with its scalars, in double: what its roundings are measured against. */
final class ExactAdamW {
    private final OptimizerSettings settings;
    private final AdamW adamW;

    ExactAdamW(OptimizerSettings settings) {
        this.settings = settings;
        this.adamW = new AdamW(settings);
    }

    void update(double[] p, double[] g, double[] m, double[] v, long update, double learningRate) {
        AdamW.Exact scalars = adamW.exact(update, learningRate);
        for (int i = 0; i < p.length; i++) {
            double decayed = p[i] * scalars.decay();
            m[i] = m[i] + scalars.firstWeight() * (g[i] - m[i]);
            v[i] = v[i] * settings.beta2() + scalars.secondWeight() * g[i] * g[i];
            double denominator = Math.sqrt(v[i]) / scalars.rootBias() + settings.epsilon();
            p[i] = decayed - scalars.stepSize() * m[i] / denominator;
        }
    }
}
