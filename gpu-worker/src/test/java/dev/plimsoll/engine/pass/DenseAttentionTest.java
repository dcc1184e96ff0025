package dev.plimsoll.engine.pass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.PackedSequence;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class DenseAttentionTest {

    private static PackedMicroBatch inputs(int... lengths) {
        List<PackedSequence> sequences = new ArrayList<>();
        for (int length : lengths) {
            sequences.add(new PackedSequence(0, new int[length], new boolean[length]));
        }
        return PackedMicroBatch.of(sequences, 1);
    }

    @Test
    void equal_lengths_are_worth_it_from_the_second_time_on() {
        DenseAttention dense = new DenseAttention(true);
        assertThat(dense.worth(inputs(512, 512))).isFalse();
        assertThat(dense.worth(inputs(512, 512, 512))).as("another shape").isFalse();
        assertThat(dense.worth(inputs(512, 512))).isTrue();
        assertThat(dense.worth(inputs(512, 512))).isTrue();
    }

    @Test
    void one_long_sequence_is_worth_it_at_once() {
        assertThat(new DenseAttention(true).worth(inputs(8192))).isTrue();
    }

    @Test
    void unequal_or_short_lengths_and_other_devices_never_are() {
        DenseAttention dense = new DenseAttention(true);
        DenseAttention absent = new DenseAttention(false);
        for (int i = 0; i < 3; i++) {
            assertThat(dense.worth(inputs(512, 511))).isFalse();
            assertThat(dense.worth(inputs(100, 100))).isFalse();
            assertThat(absent.worth(inputs(8192))).isFalse();
        }
    }

    /** Each shape costs a plan, so only so many are ever asked for; those already known stay. */
    @Test
    void shapes_beyond_the_bound_are_left_to_the_other_kernel() {
        DenseAttention dense = new DenseAttention(true);
        for (int length = 256; length < 256 + 256; length++) {
            assertThat(dense.worth(inputs(length))).isFalse();
        }
        assertThat(dense.worth(inputs(600))).isFalse();
        assertThat(dense.worth(inputs(600))).isFalse();
        assertThat(dense.worth(inputs(300))).isTrue();
    }
}
