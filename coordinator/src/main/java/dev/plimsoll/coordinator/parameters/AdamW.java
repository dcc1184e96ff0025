package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.run.OptimizerSettings;

/**
 * AdamW (Loshchilov & Hutter 2019, algorithm 2), operation by operation as torch.optim.AdamW does
 * it. With gradient g, parameter p, moments m and v, update number t ≥ 1 and learning rate η,
 * elementwise and in place:
 *
 * <pre>
 * p ← p · (1 − η·weightDecay)
 * m ← m + (1 − β₁)·(g − m)
 * v ← β₂·v + (1 − β₂)·g·g
 * p ← p − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 * </pre>
 *
 * <p>Scalars are computed in double and rounded once to float.
 */
public final class AdamW {
    private final OptimizerSettings settings;

    public AdamW(OptimizerSettings settings) {
        this.settings = settings;
    }

    /** The factors of one update, the same for every element. */
    record Scalars(
            double decay,
            double firstWeight,
            double secondWeight,
            double stepSize,
            double rootBias) {
        static Scalars of(OptimizerSettings settings, long update, double learningRate) {
            if (update < 1) {
                throw new IllegalArgumentException("update is " + update + "; the first is 1");
            }
            return new Scalars(
                    1 - learningRate * settings.weightDecay(),
                    1 - settings.beta1(),
                    1 - settings.beta2(),
                    learningRate / (1 - Math.pow(settings.beta1(), (double) update)),
                    Math.sqrt(1 - Math.pow(settings.beta2(), (double) update)));
        }
    }

    /** Changes parameters p and moments m and v; all vectors have one length. */
    public void update(
            float[] p, float[] g, float[] m, float[] v, long update, double learningRate) {
        Scalars scalars = Scalars.of(settings, update, learningRate);
        float decay = (float) scalars.decay();
        float firstWeight = (float) scalars.firstWeight();
        float secondWeight = (float) scalars.secondWeight();
        float beta2 = (float) settings.beta2();
        float stepSize = (float) scalars.stepSize();
        float rootBias = (float) scalars.rootBias();
        float epsilon = (float) settings.epsilon();
        for (int i = 0; i < p.length; i++) {
            float decayed = p[i] * decay;
            m[i] = m[i] + firstWeight * (g[i] - m[i]);
            v[i] = v[i] * beta2 + secondWeight * g[i] * g[i];
            float denominator = (float) Math.sqrt(v[i]) / rootBias + epsilon;
            p[i] = decayed - stepSize * m[i] / denominator;
        }
    }
}
