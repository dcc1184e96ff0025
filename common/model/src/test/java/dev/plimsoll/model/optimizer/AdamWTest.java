package dev.plimsoll.model.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.OptimizerSettings;

import org.junit.jupiter.api.Test;

import java.util.SplittableRandom;

class AdamWTest {
    private static OptimizerSettings settings(double weightDecay) {
        LearningRate rate = new LearningRate(0.1, LearningRate.Schedule.CONSTANT, 0, 0);
        return new OptimizerSettings(rate, 0.9, 0.999, 1e-8, weightDecay, 0);
    }

    /** By hand: m̂ = g and v̂ = g² after one update, so that the step is η·g/(|g| + ε). */
    @Test
    void theFirstUpdateIsTheLearningRateInTheGradientsDirection() {
        double[] p = {1, -2, 3};
        double[] m = new double[3];
        double[] v = new double[3];
        new AdamW(settings(0)).update(p, new double[] {0.5, -4, 0}, m, v, 1, 0.1);
        assertThat(p).containsExactly(new double[] {0.9, -1.9, 3}, within(1e-8));
        assertThat(m).containsExactly(new double[] {0.05, -0.4, 0}, within(1e-12));
        assertThat(v).containsExactly(new double[] {0.00025, 0.016, 0}, within(1e-12));
    }

    /**
     * By hand, g = 2 then g = −1 from p = 1, η 0.1, decay 0.01: p₁ = 0.999 − 0.1 = 0.899; m = 0.18
     * − 0.1 = 0.08, m̂ = 0.08/0.19; v = 0.003996 + 0.001 = 0.004996, v̂ = 0.004996/0.001999; p₂ =
     * 0.899·0.999 − 0.1·m̂/√v̂.
     */
    @Test
    void twoUpdatesByHand() {
        double[] p = {1};
        double[] m = {0};
        double[] v = {0};
        AdamW adamW = new AdamW(settings(0.01));
        adamW.update(p, new double[] {2}, m, v, 1, 0.1);
        assertThat(p[0]).isCloseTo(0.899, within(1e-8));
        adamW.update(p, new double[] {-1}, m, v, 2, 0.1);
        double expected = 0.899 * 0.999 - 0.1 * (0.08 / 0.19) / Math.sqrt(0.004996 / 0.001999);
        assertThat(p[0]).isCloseTo(expected, within(1e-8));
        assertThat(p[0]).isCloseTo(0.8714675, within(1e-6));
    }

    @Test
    void decayWorksWithoutAGradient() {
        float[] p = {2};
        new AdamW(settings(0.5)).update(p, new float[1], new float[1], new float[1], 1, 0.1);
        assertThat(p[0]).isCloseTo(1.9f, within(1e-6f));
    }

    @Test
    void singleAndDoubleAgree() {
        SplittableRandom random = new SplittableRandom(1);
        int n = 1_000;
        float[] p = new float[n];
        double[] exact = new double[n];
        for (int i = 0; i < n; i++) {
            p[i] = (float) random.nextGaussian();
            exact[i] = p[i];
        }
        float[][] moments = new float[2][n];
        double[][] exactMoments = new double[2][n];
        AdamW adamW = new AdamW(settings(0.01));
        for (int update = 1; update <= 50; update++) {
            float[] g = new float[n];
            double[] exactG = new double[n];
            for (int i = 0; i < n; i++) {
                g[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-4, 2)));
                exactG[i] = g[i];
            }
            adamW.update(p, g, moments[0], moments[1], update, 0.01);
            adamW.update(exact, exactG, exactMoments[0], exactMoments[1], update, 0.01);
        }
        for (int i = 0; i < n; i++) {
            assertThat((double) p[i]).isCloseTo(exact[i], within(1e-5));
        }
    }

    @Test
    void updatesCountFromOne() {
        AdamW adamW = new AdamW(settings(0));
        assertThatThrownBy(() -> adamW.update(
                        new float[1], new float[1], new float[1], new float[1], 0, 0.1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
