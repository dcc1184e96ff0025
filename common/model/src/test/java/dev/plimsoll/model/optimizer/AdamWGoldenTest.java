package dev.plimsoll.model.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.OptimizerSettings;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;

/**
 * Ten steps of schedule, normalisation, clip and update against PyTorch's clip_grad_norm_ and
 * AdamW: golden/adamw.json, made by src/test/golden/make_adamw.py.
 */
class AdamWGoldenTest {

    private static final JsonNode GOLDEN = read();
    private static final OptimizerSettings OPTIMIZER = optimizer(GOLDEN.get("settings"));

    @Test
    void tenStepsInDoubleAreTorchs() {
        double[] p = doubles(GOLDEN.get("initial"));
        double[] m = new double[p.length];
        double[] v = new double[p.length];
        for (int step = 0; step < 10; step++) {
            double[] g = doubles(GOLDEN.get("sums").get(step));
            double scale = scale(g, step, 1e-12);
            for (int i = 0; i < g.length; i++) {
                g[i] *= scale;
            }
            new AdamW(OPTIMIZER)
                    .update(p, g, m, v, step + 1, OPTIMIZER.learningRate().at(step));
            assertThat(relative(p, doubles(GOLDEN.get("fp64").get("after").get(step))))
                    .isLessThan(1e-12);
        }
    }

    @Test
    void tenStepsInSingleAreTorchs() {
        float[] p = floats(doubles(GOLDEN.get("initial")));
        float[] m = new float[p.length];
        float[] v = new float[p.length];
        for (int step = 0; step < 10; step++) {
            double[] sum = doubles(GOLDEN.get("sums").get(step));
            float scale = (float) scale(sum, step, 1e-6);
            float[] g = floats(sum);
            for (int i = 0; i < g.length; i++) {
                g[i] *= scale;
            }
            new AdamW(OPTIMIZER)
                    .update(p, g, m, v, step + 1, OPTIMIZER.learningRate().at(step));
            double[] after = new double[p.length];
            for (int i = 0; i < p.length; i++) {
                after[i] = p[i];
            }
            assertThat(relative(after, doubles(GOLDEN.get("fp32").get("after").get(step))))
                    .isLessThan(1e-6);
        }
    }

    /** The factor that the planner puts into FixClip, and its norm beside PyTorch's. */
    private static double scale(double[] sum, int step, double tolerance) {
        double squared = 0;
        for (double value : sum) {
            squared += value * value;
        }
        long tokens = GOLDEN.get("tokens").get(step).asLong();
        double norm = Math.sqrt(squared) / tokens;
        assertThat(norm)
                .isCloseTo(
                        GOLDEN.get("fp64").get("norms").get(step).asDouble(),
                        within(tolerance * norm));
        return Math.min(1, OPTIMIZER.maxGradientNorm() / (norm + 1e-6)) / tokens;
    }

    private static double relative(double[] values, double[] expected) {
        double difference = 0;
        double largest = 0;
        for (int i = 0; i < values.length; i++) {
            difference = Math.max(difference, Math.abs(values[i] - expected[i]));
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        return difference / largest;
    }

    private static OptimizerSettings optimizer(JsonNode settings) {
        return new OptimizerSettings(
                new LearningRate(
                        settings.get("peak").asDouble(),
                        LearningRate.Schedule.COSINE,
                        settings.get("warmupSteps").asLong(),
                        settings.get("totalSteps").asLong()),
                settings.get("beta1").asDouble(),
                settings.get("beta2").asDouble(),
                settings.get("epsilon").asDouble(),
                settings.get("weightDecay").asDouble(),
                settings.get("maxGradientNorm").asDouble());
    }

    private static double[] doubles(JsonNode array) {
        double[] values = new double[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).asDouble();
        }
        return values;
    }

    private static float[] floats(double[] values) {
        float[] narrowed = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            narrowed[i] = (float) values[i];
        }
        return narrowed;
    }

    private static JsonNode read() {
        try (InputStream in = AdamWGoldenTest.class.getResourceAsStream("/golden/adamw.json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
