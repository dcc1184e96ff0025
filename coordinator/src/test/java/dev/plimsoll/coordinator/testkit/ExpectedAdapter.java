package dev.plimsoll.coordinator.testkit;

import dev.plimsoll.wire.run.OptimizerSettings;

import java.util.List;

/**
 * What the adapter must be after some steps: AdamW as published, in double, written without a look
 * at the server's.
 */
public final class ExpectedAdapter {

    private ExpectedAdapter() {}

    /** @param steps the members of each */
    public static double[] after(List<List<Long>> steps) {
        int n = TestRun.PARAMETERS;
        OptimizerSettings o = TestRun.optimizer();
        double[] p = new double[n];
        float[] initial = TestRun.initial();
        for (int i = 0; i < n; i++) {
            p[i] = initial[i];
        }
        double[] m = new double[n];
        double[] v = new double[n];
        for (int step = 0; step < steps.size(); step++) {
            double[] g = meanGradient(steps.get(step));
            double norm = 0;
            for (double x : g) {
                norm += x * x;
            }
            double clip = Math.min(1, o.maxGradientNorm() / (Math.sqrt(norm) + 1e-6));
            double rate = o.learningRate().peak() * Math.min(1.0, (step + 1) / 2.0);
            for (int i = 0; i < n; i++) {
                double x = g[i] * clip;
                m[i] = 0.9 * m[i] + 0.1 * x;
                v[i] = 0.999 * v[i] + 0.001 * x * x;
                double mHat = m[i] / (1 - Math.pow(0.9, step + 1));
                double vHat = v[i] / (1 - Math.pow(0.999, step + 1));
                p[i] = p[i] - rate * 0.01 * p[i] - rate * mHat / (Math.sqrt(vHat) + 1e-8);
            }
        }
        return p;
    }

    private static double[] meanGradient(List<Long> ordinals) {
        double[] g = new double[TestRun.PARAMETERS];
        double lossTokens = ordinals.size() * (RunLog.TOKENS - 1.0);
        for (int i = 0; i < g.length; i++) {
            for (long ordinal : ordinals) {
                g[i] += TestRun.gradient(ordinal, i);
            }
            g[i] /= lossTokens;
        }
        return g;
    }

    /** The largest difference. */
    public static double distance(double[] expected, float[] found) {
        double max = 0;
        for (int i = 0; i < expected.length; i++) {
            max = Math.max(max, Math.abs(expected[i] - found[i]));
        }
        return max;
    }
}
