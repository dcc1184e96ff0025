package dev.plimsoll.model.optimizer;

import java.util.SplittableRandom;

/** Numbers for tests. */
final class Vectors {
    private Vectors() {}

    /** Gaussian, over fourteen orders of magnitude. */
    static float[] normal(long seed, int length) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-9, 5)));
        }
        return values;
    }
}
