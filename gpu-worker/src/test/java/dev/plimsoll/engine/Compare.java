package dev.plimsoll.engine;

import dev.plimsoll.model.hf.AdapterLayout;

/** How far apart two vectors are. */
final class Compare {

    private Compare() {}

    /** max|a − b| / max|b| over a range; |a| itself where b is all zero. */
    static double relative(double[] a, double[] b, int from, int length) {
        double difference = 0;
        double largest = 0;
        for (int i = from; i < from + length; i++) {
            double d = Math.abs(a[i] - b[i]);
            difference = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(difference, d);
            largest = Math.max(largest, Math.abs(b[i]));
        }
        return largest == 0 ? difference : difference / largest;
    }

    static double relative(double[] a, double[] b) {
        return relative(a, b, 0, b.length);
    }

    /** The worst tensor of two flat adapters or gradients. */
    static double worstTensor(AdapterLayout layout, double[] a, double[] b) {
        double worst = 0;
        for (AdapterLayout.Slot slot : layout.slots()) {
            worst = Math.max(worst, relative(a, b, slot.offset(), slot.size()));
        }
        return worst;
    }

    /** ‖a − b‖ / ‖b‖ */
    static double l2(double[] a, double[] b) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < b.length; i++) {
            difference += (a[i] - b[i]) * (a[i] - b[i]);
            norm += b[i] * b[i];
        }
        return norm == 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
    }

    static double cosine(double[] a, double[] b) {
        double dot = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < b.length; i++) {
            dot += a[i] * b[i];
            aa += a[i] * a[i];
            bb += b[i] * b[i];
        }
        return dot / Math.sqrt(aa * bb);
    }

    static double[] gradientSum(TrainingEngine engine) {
        double[] sum = new double[engine.layout().totalParameters()];
        engine.readGradientSum(0, sum);
        return sum;
    }

    static double[] toDoubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }

    static float[] toFloats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
