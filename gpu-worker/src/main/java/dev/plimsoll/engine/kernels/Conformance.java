package dev.plimsoll.engine.kernels;

/** How far a kernel's values are from its twin's, for the trials at start. */
public final class Conformance {

    private Conformance() {}

    /** max|values − expected| / max|expected|; infinite where a value is NaN. */
    public static double difference(double[] values, double[] expected) {
        double difference = 0;
        double largest = 0;
        for (int i = 0; i < values.length; i++) {
            double d = Math.abs(values[i] - expected[i]);
            difference = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(difference, d);
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        return difference / largest;
    }
}
