package dev.plimsoll.engine.weights;

/**
 * float8_e4m3fn: 1 sign, 4 exponent (bias 7), 3 mantissa bits; no infinity; largest 448
 * (Micikevicius et al. 2022).
 */
final class ReferenceFp8 {

    final float[] coded;
    final float[] scale;

    /** Codes as their values, per row of columns. */
    ReferenceFp8(float[] x, int columns) {
        coded = new float[x.length];
        scale = new float[x.length / columns];
        for (int r = 0; r < scale.length; r++) {
            float top = 0;
            for (int c = 0; c < columns; c++) {
                top = Math.max(top, Math.abs(x[r * columns + c]));
            }
            scale[r] = top == 0 ? 1 : top / 448;
            for (int c = 0; c < columns; c++) {
                coded[r * columns + c] = nearest(x[r * columns + c] / scale[r]);
            }
        }
    }

    float[] dequantized() {
        float[] x = new float[coded.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = coded[i] * scale[i / (x.length / scale.length)];
        }
        return x;
    }

    /**
     * Ties to even: rint of the value in units of its last place; 2^-9 below the smallest normal,
     * 2^-6.
     */
    static float nearest(float x) {
        int exponent = Math.max(x == 0 ? -6 : Math.getExponent(x), -6);
        double unit = Math.scalb(1.0, exponent - 3);
        double rounded = Math.rint(x / unit) * unit;
        return (float) Math.clamp(rounded, -448, 448);
    }
}
