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

    private static boolean trained(DenseAttention dense, int... lengths) {
        PackedMicroBatch in = inputs(lengths);
        boolean worth = dense.worth(in);
        dense.trained(in);
        return worth;
    }

    /** Four times 2,048 tokens have 17 million pairs, one of 8,192 has 67. */
    @Test
    void a_shape_is_worth_it_when_it_was_trained_often_enough() {
        DenseAttention dense = DenseAttention.of(true, shape8b());
        int[] four = {2048, 2048, 2048, 2048};
        for (int i = 0; i < 4; i++) {
            assertThat(trained(dense, four)).as("time %d", i + 1).isFalse();
        }
        assertThat(trained(dense, 2048, 2048, 2048)).as("another shape").isFalse();
        assertThat(trained(dense, four)).isTrue();
        assertThat(trained(dense, four)).isTrue();
        assertThat(trained(dense, 8192)).isFalse();
        assertThat(trained(dense, 8192)).isTrue();
        for (int i = 0; i < 20; i++) {
            assertThat(trained(dense, 512)).isFalse();
        }
        assertThat(trained(dense, 512)).as("many launches less").isTrue();
    }

    /** An evaluation, or a search for what is not finite, asks too. */
    @Test
    void who_only_asks_changes_nothing() {
        DenseAttention dense = DenseAttention.of(true, shape8b());
        for (int i = 0; i < 10; i++) {
            assertThat(dense.worth(inputs(8192))).isFalse();
        }
    }

    @Test
    void one_long_sequence_is_worth_it_at_once() {
        assertThat(DenseAttention.of(true, shape8b()).worth(inputs(9500))).isTrue();
    }

    @Test
    void unequal_or_short_lengths_and_other_devices_never_are() {
        DenseAttention dense = new DenseAttention(true, 0, 1e9);
        DenseAttention absent = new DenseAttention(false, 0, 1e9);
        assertThat(dense.worth(inputs(512, 511))).isFalse();
        assertThat(dense.worth(inputs(100, 100))).isFalse();
        assertThat(absent.worth(inputs(8192))).isFalse();
    }

    /** What is remembered is bounded; shapes that come again and again stay. */
    @Test
    void the_shape_that_was_away_longest_is_forgotten() {
        DenseAttention dense = new DenseAttention(true, 3 * 300 * 300 - 1, 1e9);
        assertThat(trained(dense, 400)).isFalse();
        for (int i = 0; i < 300; i++) {
            assertThat(trained(dense, 300)).isEqualTo(i >= 2);
            trained(dense, 500 + i);
        }
        assertThat(trained(dense, 400)).as("its first time is forgotten").isFalse();
        assertThat(trained(dense, 400)).isTrue();
    }
}
