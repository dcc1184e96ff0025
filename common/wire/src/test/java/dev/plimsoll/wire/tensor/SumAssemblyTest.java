package dev.plimsoll.wire.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.run.ShardLayout;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

class SumAssemblyTest {

    private static final ShardLayout LAYOUT = new ShardLayout(23, 3, 4);

    private static final SumSource CONTRIBUTION =
            new SumSource(false, 9, List.of(span(0, ""), span(1, ""), span(2, "")));

    private final SumAssembly sum = new SumAssembly(LAYOUT, 9);

    private Optional<String> flaw(SumSource source) {
        sum.named(source);
        return sum.flaw();
    }

    private static ChunkSpan span(int shard, String publication) {
        return new ChunkSpan(shard, 1, 2, publication);
    }

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
            assertThat(flaw(CONTRIBUTION))
                    .hasValueSatisfying(flaw -> assertThat(flaw).contains("missing"));
            sum.add(chunk);
            sum.add(chunk);
        }
        assertThat(flaw(CONTRIBUTION)).isEmpty();
        assertThat(sum.dtype()).isEqualTo(dtype);
        assertThat(sum.bytes()).isEqualTo(flat);
    }

    @Test
    void whatOthersWroteIsPassedOver() {
        List<TensorChunk> chunks = chunks(new byte[92], TensorDtype.F32);
        chunks.forEach(sum::add);
        sum.add(new TensorChunk(0, 0, "sum", 8, new float[] {1, 2, 3, 4}));
        sum.add(new TensorChunk(0, 0, "master", 9, new float[] {1, 2, 3, 4}));
        assertThat(flaw(CONTRIBUTION)).isEmpty();
        assertThat(sum.bytes()).containsOnly(0);
    }

    @Test
    void chunksOfTwoKindsAreAFlaw() {
        List<TensorChunk> chunks = chunks(new byte[92], TensorDtype.F32);
        chunks.subList(1, chunks.size()).forEach(sum::add);
        sum.add(new TensorChunk(0, 0, "sum", 9, TensorDtype.BF16, new byte[8]));
        assertThat(flaw(CONTRIBUTION))
                .hasValueSatisfying(flaw -> assertThat(flaw).contains("of another form"));
    }

    private void publish(int shard, String publication, float value) {
        for (int chunk = 0; chunk < LAYOUT.chunks(shard); chunk++) {
            float[] values = new float[LAYOUT.chunkLength(shard, chunk)];
            Arrays.fill(values, value);
            sum.add(new TensorChunk(shard, chunk, TensorChunk.sumPart(publication), 9, values));
        }
    }

    @Test
    void onlyThePublicationThatIsNamedCounts() {
        publish(0, "a-1", 1);
        publish(1, "b-1", 2);
        publish(2, "c-1", 3);
        SumSource named =
                new SumSource(true, 9, List.of(span(0, "a-1"), span(1, "b-1"), span(2, "c-1")));
        assertThat(flaw(named)).isEmpty();
        publish(1, "b-0", 8);
        assertThat(sum.flaw()).as("it is named already").isEmpty();
        assertThat(new TensorChunk(0, 0, "sum", 9, sum.dtype(), sum.bytes()).values())
                .containsOnly(1, 2, 3);
    }

    @Test
    void whatCameBeforeItWasNamedIsReadAgainWhereItIsAnothers() {
        publish(0, "a-1", 1);
        publish(1, "b-1", 2);
        publish(1, "b-0", 8);
        publish(2, "c-1", 3);
        SumSource named =
                new SumSource(true, 9, List.of(span(0, "a-1"), span(1, "b-1"), span(2, "c-1")));
        assertThat(sum.named(named)).as("is read again").containsExactly(span(1, "b-1"));
        assertThat(sum.flaw()).isPresent();
        publish(1, "b-1", 2);
        publish(1, "b-0", 8);
        assertThat(sum.flaw()).isEmpty();
        assertThat(new TensorChunk(0, 0, "sum", 9, sum.dtype(), sum.bytes()).values())
                .containsOnly(1, 2, 3);
    }

    @Test
    void everyShardMustBeNamed() {
        assertThat(flaw(new SumSource(true, 9, List.of())))
                .hasValueSatisfying(flaw -> assertThat(flaw).contains("of shard 0 lies"));
    }
}
