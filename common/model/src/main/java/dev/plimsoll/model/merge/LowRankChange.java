package dev.plimsoll.model.merge;

/**
 * What an adapter adds to a linear map: ΔW = s·(B·A), in fp32.
 *
 * @param a loraRank × in, row-major
 * @param b out × loraRank, row-major
 * @param scaling s; the sum of products is rounded to fp32 before it is scaled, as in PEFT
 */
record LowRankChange(float[] a, float[] b, int loraRank, int in, float scaling) {

    /** So many sums stay in the nearest cache, with their part of a row of A. */
    private static final int BLOCK = 1024;

    /** Writes row {@code out} of ΔW: in values. */
    void row(int out, float[] into) {
        for (int from = 0; from < in; from += BLOCK) {
            int to = Math.min(in, from + BLOCK);
            java.util.Arrays.fill(into, from, to, 0);
            for (int r = 0; r < loraRank; r++) {
                add(b[out * loraRank + r], r * in, from, to, into);
            }
            for (int i = from; i < to; i++) {
                into[i] *= scaling;
            }
        }
    }

    /** A loop of its own, which the compiler makes a loop over vectors. */
    private void add(float factor, int row, int from, int to, float[] into) {
        for (int i = from; i < to; i++) {
            into[i] = Math.fma(factor, a[row + i], into[i]);
        }
    }
}
