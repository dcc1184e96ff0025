package dev.plimsoll.model.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

class StateDigestTest {
    @Test
    void theSlicesAddUpToTheWholeHoweverItIsCut() {
        float[] values = Vectors.normal(5, 700_000);
        long whole = StateDigest.of(values, 0);
        for (int cut : new int[] {0, 1, 1000, 262_144, 350_001, 699_999, 700_000}) {
            long first = StateDigest.of(Arrays.copyOfRange(values, 0, cut), 0);
            long second = StateDigest.of(Arrays.copyOfRange(values, cut, values.length), cut);
            assertThat(first + second).as("cut at %d", cut).isEqualTo(whole);
        }
    }

    /** Worked out once, and for good: a stored digest must stay what it is. */
    @Test
    void itsValueIsFixed() {
        float[] values = {1, -2.5f, 0, -0.0f, Float.MIN_VALUE, Float.POSITIVE_INFINITY};
        long expected = 0;
        int[] bits = {0x3f800000, 0xc0200000, 0, 0x80000000, 1, 0x7f800000};
        for (int i = 0; i < bits.length; i++) {
            long z = (100L + i) * 4294967296L + Integer.toUnsignedLong(bits[i]);
            z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
            z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
            expected += z ^ (z >>> 31);
        }
        assertThat(StateDigest.of(values, 100)).isEqualTo(expected).isEqualTo(GOLDEN);
    }

    private static final long GOLDEN = 3074062398507827912L;

    @Test
    void anyBitAnyExchangeAndAnySignChangesIt() {
        float[] values = Vectors.normal(6, 300);
        values[7] = 0;
        Set<Long> digests = new HashSet<>(Set.of(StateDigest.of(values, 0)));
        int tried = 1;
        for (int i = 0; i < values.length; i++) {
            for (int bit = 0; bit < 32; bit++) {
                float[] other = values.clone();
                other[i] = Float.intBitsToFloat(Float.floatToRawIntBits(other[i]) ^ 1 << bit);
                digests.add(StateDigest.of(other, 0));
                tried++;
            }
            if (i > 0) {
                float[] other = values.clone();
                other[i] = values[i - 1];
                other[i - 1] = values[i];
                digests.add(StateDigest.of(other, 0));
                tried++;
            }
        }
        assertThat(digests).hasSize(tried);
        assertThat(StateDigest.of(values, 1)).isNotEqualTo(StateDigest.of(values, 0));
    }

    @Test
    void everyNaNIsTheSame() {
        float[] many = Vectors.normal(7, 5000);
        many[3000] = Float.NaN;
        long expected = StateDigest.of(many, 0);
        many[3000] = Float.intBitsToFloat(0xffc00001);
        assertThat(StateDigest.of(many, 0)).isEqualTo(expected);
        many[3000] = Float.POSITIVE_INFINITY;
        assertThat(StateDigest.of(many, 0)).isNotEqualTo(expected);
        float[] one = {Float.intBitsToFloat(0x7fffffff)};
        float[] other = {Float.intBitsToFloat(0xffc00000)};
        assertThat(StateDigest.of(one, 9)).isEqualTo(StateDigest.of(other, 9));
    }

    @Test
    void indexesHave32Bits() {
        assertThat(StateDigest.of(new float[1], StateDigest.MAX_PARAMETERS - 1)).isNotZero();
        assertThatThrownBy(() -> StateDigest.of(new float[2], StateDigest.MAX_PARAMETERS - 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StateDigest.of(new float[2], -1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
