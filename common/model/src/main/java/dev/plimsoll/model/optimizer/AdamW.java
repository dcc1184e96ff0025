package dev.plimsoll.model.optimizer;

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
 * <p>Scalars are computed in double and rounded once to the type of the vectors. Each operation is
 * rounded by itself, in the order written: the bits are those of optimizer.cu. The variant in
 * double is for parity tests.
 */
public final class AdamW {
    private final OptimizerSettings settings;

    public AdamW(OptimizerSettings settings) {
        this.settings = settings;
    }

    /**
     * What one update multiplies with, as every replica on every device uses it.
     *
     * @param decay 1 − η·weightDecay
     * @param firstWeight 1 − β₁
     * @param secondWeight 1 − β₂
     * @param stepSize η/(1 − β₁ᵗ)
     * @param rootBias √(1 − β₂ᵗ)
     */
    public record Scalars(
            float decay,
            float firstWeight,
            float secondWeight,
            float beta2,
            float stepSize,
            float rootBias,
            float epsilon) {}

    private record Exact(
            double decay,
            double firstWeight,
            double secondWeight,
            double stepSize,
            double rootBias) {}

    /** StrictMath: Math.pow may differ between machines. */
    private Exact exact(long update, double learningRate) {
        if (update < 1) {
            throw new IllegalArgumentException("update is " + update + "; the first is 1");
        }
        return new Exact(
                1 - learningRate * settings.weightDecay(),
                1 - settings.beta1(),
                1 - settings.beta2(),
                learningRate / (1 - StrictMath.pow(settings.beta1(), (double) update)),
                Math.sqrt(1 - StrictMath.pow(settings.beta2(), (double) update)));
    }

    /** @param update t, counted from 1 */
    public Scalars scalars(long update, double learningRate) {
        Exact exact = exact(update, learningRate);
        return new Scalars(
                (float) exact.decay(),
                (float) exact.firstWeight(),
                (float) exact.secondWeight(),
                (float) settings.beta2(),
                (float) exact.stepSize(),
                (float) exact.rootBias(),
                (float) settings.epsilon());
    }

    /**
     * Changes parameters p and moments m and v; all vectors have one length, and
     *
     * <pre>
     * g = gradientScale · sum, multiplied in double and rounded once
     * </pre>
     */
    public void fold(
            Vectors vectors, float[] sum, double gradientScale, long update, double learningRate) {
        Scalars scalars = scalars(update, learningRate);
        vectors.requireLength(sum.length);
        Slices.each(sum.length, (from, to) -> fold(vectors, sum, gradientScale, scalars, from, to));
    }

    /**
     * What an update changes, of one length.
     *
     * @param p parameters
     * @param m first moment
     * @param v second moment
     */
    public record Vectors(float[] p, float[] m, float[] v) {
        void requireLength(int length) {
            if (p.length != length || m.length != length || v.length != length) {
                throw new IllegalArgumentException("a gradient of " + length + " values for "
                        + p.length + " parameters and moments of " + m.length + " and " + v.length);
            }
        }
    }

    /** One loop over arrays and locals, so that the compiler makes vector instructions of it. */
    private static void fold(
            Vectors vectors, float[] sum, double gradientScale, Scalars scalars, int from, int to) {
        float[] p = vectors.p();
        float[] m = vectors.m();
        float[] v = vectors.v();
        float decay = scalars.decay();
        float firstWeight = scalars.firstWeight();
        float secondWeight = scalars.secondWeight();
        float beta2 = scalars.beta2();
        float stepSize = scalars.stepSize();
        float rootBias = scalars.rootBias();
        float epsilon = scalars.epsilon();
        for (int i = from; i < to; i++) {
            float g = (float) (sum[i] * gradientScale);
            float decayed = p[i] * decay;
            float first = m[i] + firstWeight * (g - m[i]);
            float second = v[i] * beta2 + secondWeight * g * g;
            float denominator = (float) Math.sqrt(second) / rootBias + epsilon;
            m[i] = first;
            v[i] = second;
            p[i] = decayed - stepSize * first / denominator;
        }
    }

    /** As {@link #fold} with the gradient itself. */
    public void update(
            float[] p, float[] g, float[] m, float[] v, long update, double learningRate) {
        fold(new Vectors(p, m, v), g, 1, update, learningRate);
    }

    /** As above, in double. */
    public void update(
            double[] p, double[] g, double[] m, double[] v, long update, double learningRate) {
        Exact scalars = exact(update, learningRate);
        for (int i = 0; i < p.length; i++) {
            double decayed = p[i] * scalars.decay();
            m[i] = m[i] + scalars.firstWeight() * (g[i] - m[i]);
            v[i] = v[i] * settings.beta2() + scalars.secondWeight() * g[i] * g[i];
            double denominator = Math.sqrt(v[i]) / scalars.rootBias() + settings.epsilon();
            p[i] = decayed - scalars.stepSize() * m[i] / denominator;
        }
    }
}
