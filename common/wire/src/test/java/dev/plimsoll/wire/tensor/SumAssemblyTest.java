package dev.plimsoll.wire.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.run.ShardLayout;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

class SumAssemblyTest {

    private static final ShardLayout LAYOUT = new ShardLayout(23, 3, 4);

    private final SumAssembly sum = new SumAssembly(LAYOUT, 9);

    private static List<TensorChunk> chunks(byte[] flat, TensorDtype dtype) {
        List<TensorChunk> chunks = new ArrayList<>();
        for (int shard = 0; shard < LAYOUT.shards(); shard++) {
            for (int chunk = 0; chunk < LAYOUT.chunks(shard); chunk++) {
                int from = (int) (LAYOUT.start(shard) + LAYOUT.chunkStart(chunk)) * dtype.bytes();
                int to = from + LAYOUT.chunkLength(shard, chunk) * dtype.bytes();
                chunks.add(new TensorChunk(
                        shard, chunk, "sum", 9, dtype, Arrays.copyOfRange(flat, from, to)));
            }
        }
        return chunks;
    }

    @ParameterizedTest
    @EnumSource
    void anyOrderOfItsChunksGivesTheVector(TensorDtype dtype) {
        byte[] flat = new byte[23 * dtype.bytes()];
        new Random(1).nextBytes(flat);
        List<TensorChunk> chunks = chunks(flat, dtype);
        Collections.shuffle(chunks, new Random(2));
        for (TensorChunk chunk : chunks) {
            assertThat(sum.flaw()).hasValueSatisfying(flaw -> assertThat(flaw).contains("missing"));
            sum.add(chunk);
            sum.add(chunk);
        }
        assertThat(sum.flaw()).isEmpty();
        assertThat(sum.dtype()).isEqualTo(dtype);
        assertThat(sum.bytes()).isEqualTo(flat);
    }

    @Test
    void whatOthersWroteIsPassedOver() {
        List<TensorChunk> chunks = chunks(new byte[92], TensorDtype.F32);
        chunks.forEach(sum::add);
        sum.add(new TensorChunk(0, 0, "sum", 8, new float[] {1, 2, 3, 4}));
        sum.add(new TensorChunk(0, 0, "master", 9, new float[] {1, 2, 3, 4}));
        assertThat(sum.flaw()).isEmpty();
        assertThat(sum.bytes()).containsOnly(0);
    }

    @Test
    void chunksOfTwoKindsAreAFlaw() {
        List<TensorChunk> chunks = chunks(new byte[92], TensorDtype.F32);
        chunks.forEach(sum::add);
        sum.add(new TensorChunk(0, 0, "sum", 9, TensorDtype.BF16, new byte[8]));
        assertThat(sum.flaw())
                .hasValueSatisfying(flaw -> assertThat(flaw).contains("does not fit"));
    }
}
