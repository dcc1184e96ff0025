package dev.plimsoll.engine;

/**
 * torch.optim.AdamW after clip_grad_norm_, in fp64, so that ten steps test the engine's gradients
 * and nothing else: g = sum / tokens · min(1, clip / (‖g‖ + 1e-6)); m = β₁m + (1−β₁)g; v = β₂v +
 * (1−β₂)g²; w = w(1 − lr·decay) − lr · (m / (1−β₁ᵗ)) / (√(v / (1−β₂ᵗ)) + ε).
 */
final class ReferenceAdamW {

    private final double learningRate;
    private final double beta1;
    private final double beta2;
    private final double epsilon;
    private final double weightDecay;
    private final double clipNorm;
    private final double[] m;
    private final double[] v;
    private int steps;

    private ReferenceAdamW(
            int parameters,
            double learningRate,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            double clipNorm) {
        this.learningRate = learningRate;
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.epsilon = epsilon;
        this.weightDecay = weightDecay;
        this.clipNorm = clipNorm;
        m = new double[parameters];
        v = new double[parameters];
    }

    static ReferenceAdamW of(GoldenCase golden) {
        return new ReferenceAdamW(
                golden.layout().totalParameters(),
                golden.optimizer("lr"),
                golden.optimizer("beta1"),
                golden.optimizer("beta2"),
                golden.optimizer("eps"),
                golden.optimizer("weightDecay"),
                golden.optimizer("clipNorm"));
    }

    /** The usual settings: β 0.9 and 0.999, ε 1e-8, decay 0.01, clip 1. */
    static ReferenceAdamW usual(int parameters, double learningRate) {
        return new ReferenceAdamW(parameters, learningRate, 0.9, 0.999, 1e-8, 0.01, 1.0);
    }

    void step(double[] w, double[] gradientSum, int tokens) {
        steps++;
        double norm = 0;
        for (double g : gradientSum) {
            norm += g / tokens * (g / tokens);
        }
        double clip = Math.min(1, clipNorm / (Math.sqrt(norm) + 1e-6));
        for (int i = 0; i < w.length; i++) {
            double g = gradientSum[i] / tokens * clip;
            m[i] = beta1 * m[i] + (1 - beta1) * g;
            v[i] = beta2 * v[i] + (1 - beta2) * g * g;
            double mean = m[i] / (1 - Math.pow(beta1, steps));
            double root = Math.sqrt(v[i] / (1 - Math.pow(beta2, steps)));
            w[i] = w[i] * (1 - learningRate * weightDecay) - learningRate * mean / (root + epsilon);
        }
    }
}
