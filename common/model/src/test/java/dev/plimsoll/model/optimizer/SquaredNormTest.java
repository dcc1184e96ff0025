package dev.plimsoll.model.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

import java.util.Arrays;

class SquaredNormTest {
    @Test
    void isTheSumOfSquaresAtEveryLength() {
        for (int length : new int[] {0, 1, 255, 256, 257, 32_767, 32_768, 32_769, 600_001}) {
            float[] values = Vectors.normal(length, length);
            double expected = 0;
            for (float value : values) {
                expected += (double) value * value;
            }
            assertThat(SquaredNorm.of(values))
                    .as("%d values", length)
                    .isCloseTo(expected, within(1e-12 * expected));
        }
    }

    /** The order of the docstring, written out. */
    @Test
    void itsOrderIsThePublishedOne() {
        float[] values = Vectors.normal(3, 2 * SquaredNorm.BLOCK + 700);
        double[] blocks = new double[3];
        for (int block = 0; block < 3; block++) {
            double[] lanes = new double[256];
            int end = Math.min(values.length, (block + 1) * SquaredNorm.BLOCK);
            for (int i = block * SquaredNorm.BLOCK; i < end; i++) {
                lanes[i % 256] += (double) values[i] * values[i];
            }
            for (int half = 128; half > 0; half /= 2) {
                for (int lane = 0; lane < half; lane++) {
                    lanes[lane] += lanes[lane + half];
                }
            }
            blocks[block] = lanes[0];
        }
        assertThat(SquaredNorm.of(values)).isEqualTo(blocks[0] + blocks[1] + blocks[2]);
        assertThat(SquaredNorm.join(blocks)).isEqualTo(SquaredNorm.of(values));
    }

    @Test
    void isFiniteIfAndOnlyIfEveryValueIs() {
        float[] values = new float[100_000];
        Arrays.fill(values, Float.MAX_VALUE);
        assertThat(SquaredNorm.of(values)).isFinite();
        for (float wrong :
                new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            values[70_000] = wrong;
            assertThat(Double.isFinite(SquaredNorm.of(values))).isFalse();
        }
    }
}
