package dev.plimsoll.model.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class GradientSumTest {
    /** (10⁸ + 1) − 10⁸ is 0 in fp32, and 10⁸ − 10⁸ + 1 is 1: the order decides. */
    @Test
    void addsInTheNamedOrder() {
        GradientSum sum = new GradientSum(3, 2);
        sum.add(0, 1, new float[] {7});
        sum.add(0, 0, new float[] {1e8f, 1e8f});
        sum.add(1, 0, new float[] {1, -1e8f});
        sum.add(2, 0, new float[] {-1e8f, 1});
        assertThat(sum.holds(3)).isFalse();
        sum.add(1, 1, new float[] {1});
        sum.add(2, 1, new float[] {1});
        assertThat(sum.holds(3)).isTrue();
        assertThat(sum.values()).containsExactly(0, 1, 9);
    }

    @Test
    void theFirstIsTakenAsItIs() {
        GradientSum sum = new GradientSum(1, 4);
        sum.add(0, 0, new float[] {-0.0f});
        assertThat(Float.floatToRawIntBits(sum.values()[0])).isEqualTo(0x8000_0000);
    }

    @Test
    void anotherPlaceOrLengthIsRefused() {
        GradientSum sum = new GradientSum(3, 2);
        assertThat(sum.next(0)).isZero();
        assertThatThrownBy(() -> sum.add(1, 0, new float[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("chunk 0 holds 0 contributions");
        sum.add(0, 0, new float[2]);
        assertThat(sum.next(0)).isEqualTo(1);
        assertThatThrownBy(() -> sum.add(0, 0, new float[2]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> sum.add(0, 1, new float[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 values");
    }
}
