package dev.plimsoll.engine.pass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.RandomModel;

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

    private static LlamaConfig shape8b() {
        return RandomModel.shape("8b");
    }

    /** Four times 2,048 tokens have 17 million pairs, one of 8,192 has 67. */
    @Test
    void a_shape_is_worth_it_when_it_has_come_often_enough() {
        DenseAttention dense = DenseAttention.of(true, shape8b());
        int[] four = {2048, 2048, 2048, 2048};
        for (int i = 0; i < 4; i++) {
            assertThat(dense.worth(inputs(four))).as("time %d", i + 1).isFalse();
        }
        assertThat(dense.worth(inputs(2048, 2048, 2048))).as("another shape").isFalse();
        assertThat(dense.worth(inputs(four))).isTrue();
        assertThat(dense.worth(inputs(four))).isTrue();
        assertThat(dense.worth(inputs(8192))).isFalse();
        assertThat(dense.worth(inputs(8192))).isTrue();
        for (int i = 0; i < 100; i++) {
            assertThat(dense.worth(inputs(512))).isFalse();
        }
    }

    @Test
    void one_long_sequence_is_worth_it_at_once() {
        assertThat(DenseAttention.of(true, shape8b()).worth(inputs(9000))).isTrue();
    }

    @Test
    void unequal_or_short_lengths_and_other_devices_never_are() {
        DenseAttention dense = new DenseAttention(true, 0);
        DenseAttention absent = new DenseAttention(false, 0);
        for (int i = 0; i < 3; i++) {
            assertThat(dense.worth(inputs(512, 511))).isFalse();
            assertThat(dense.worth(inputs(100, 100))).isFalse();
            assertThat(absent.worth(inputs(8192))).isFalse();
        }
    }

    /** What is remembered of shapes is bounded; those already known stay. */
    @Test
    void shapes_beyond_the_bound_are_left_to_the_other_kernel() {
        DenseAttention dense = new DenseAttention(true, 600 * 600 + 1);
        for (int length = 256; length < 256 + 256; length++) {
            assertThat(dense.worth(inputs(length))).isFalse();
        }
        for (int i = 0; i < 3; i++) {
            assertThat(dense.worth(inputs(600))).isFalse();
        }
        assertThat(dense.worth(inputs(300))).isFalse();
        assertThat(dense.worth(inputs(300))).isFalse();
        assertThat(dense.worth(inputs(300))).isFalse();
        assertThat(dense.worth(inputs(300))).isTrue();
        assertThat(dense.worth(inputs(700))).as("it earns a plan by itself").isTrue();
    }
}
