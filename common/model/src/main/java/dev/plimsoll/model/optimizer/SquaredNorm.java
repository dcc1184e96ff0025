package dev.plimsoll.model.optimizer;

/**
 * Σ x² in double, in one order on every device, so that its bits are the same everywhere. The
 * vector is cut into blocks of {@value #BLOCK} values from its start on; in a block, lane l sums
 * the squares of the values l, l + 256, l + 512, …; the lanes are halved (lane l takes lane l + h,
 * h = 128, 64, …, 1); the blocks are added from the first to the last. The last block may be short.
 *
 * <p>A square of a float is exact in double and no sum of them overflows: the norm is finite if and
 * only if every value is.
 */
public final class SquaredNorm {
    /** Values in a block. */
    public static final int BLOCK = 32_768;

    private static final int LANES = 256;

    private SquaredNorm() {}

    public static double of(float[] values) {
        double[] blocks = new double[Math.ceilDiv(values.length, BLOCK)];
        Slices.each(values.length, (from, to) -> {
            for (int at = from; at < to; at += BLOCK) {
                blocks[at / BLOCK] = block(values, at, Math.min(to, at + BLOCK));
            }
        });
        return join(blocks);
    }

    /** @param blocks the sums of the blocks, in order */
    public static double join(double[] blocks) {
        double sum = 0;
        for (double block : blocks) {
            sum += block;
        }
        return sum;
    }

    private static double block(float[] values, int from, int to) {
        double[] lanes = new double[LANES];
        for (int at = from; at < to; at += LANES) {
            int count = Math.min(LANES, to - at);
            for (int lane = 0; lane < count; lane++) {
                double value = values[at + lane];
                lanes[lane] += value * value;
            }
        }
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) {
                lanes[lane] += lanes[lane + half];
            }
        }
        return lanes[0];
    }
}
