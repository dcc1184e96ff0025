package dev.plimsoll.wire.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.run.ShardLayout;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

class StateAssemblyTest {

    private static final ShardLayout LAYOUT = new ShardLayout(23, 2, 4);
    private static final List<String> PARTS = List.of("master", "firstMoment", "secondMoment");

    private final StateAssembly assembly = new StateAssembly(LAYOUT, 3);

    @Property(tries = 60)
    void anyOrderOfRecordsGivesTheStateWhenTheLastOneCame(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int shards) {
        ShardLayout layout = new ShardLayout(23, shards, 4);
        StateAssembly shuffled = new StateAssembly(layout, 7);
        List<Object> records = new ArrayList<>();
        for (int shard = 0; shard < shards; shard++) {
            records.addAll(records(layout, shard, 7));
        }
        Collections.shuffle(records, new Random(seed));
        for (Object record : records) {
            assertThat(shuffled.newestWhole()).isEmpty();
            add(shuffled, record);
        }
        assertThat(shuffled.newestWhole()).contains(7L);
        StateAssembly.State state = shuffled.take(7);
        assertThat(state.version()).isEqualTo(7);
        for (int i = 0; i < 23; i++) {
            assertThat(state.master()[i]).isEqualTo(value(7, 0, i));
            assertThat(state.firstMoment()[i]).isEqualTo(value(7, 1, i));
            assertThat(state.secondMoment()[i]).isEqualTo(value(7, 2, i));
        }
        assertThat(shuffled.held()).isEmpty();
    }

    @Test
    void aManifestWithoutChecksumsIsOfNoState() {
        addShard(0, 3);
        records(LAYOUT, 1, 3).stream()
                .filter(TensorChunk.class::isInstance)
                .forEach(record -> add(assembly, record));
        assembly.add(new ShardManifest(1, 2, 3, List.of(), List.of()));
        assertThat(assembly.newestWhole()).isEmpty();
        addShard(1, 3);
        assembly.add(new ShardManifest(1, 2, 3, List.of(), List.of()));
        assertThat(assembly.newestWhole())
                .as("written later, of the same version")
                .contains(3L);
    }

    @Test
    void olderVersionsAreReadPastAndOnlyTheNewestAreHeld() {
        addShard(0, 2);
        assertThat(assembly.held()).isEmpty();
        for (long version = 3; version <= 9; version++) {
            addShard(0, version);
        }
        assertThat(assembly.held()).containsExactly(8L, 9L);
        for (long version = 3; version <= 9; version++) {
            addShard(1, version);
            assertThat(assembly.held()).containsExactly(8L, 9L);
        }
        assertThat(assembly.newestWhole()).contains(9L);
    }

    @Test
    void aDamagedParameterOrAMissingMomentMakesNoStateWhole() {
        addShard(0, 3);
        addShard(1, 3);
        TensorChunk good = (TensorChunk) records(LAYOUT, 0, 3).getFirst();
        float[] other = good.values();
        other[1] += 1;
        assembly.add(new TensorChunk(0, 0, "master", 3, other));
        assertThat(assembly.newestWhole()).isEmpty();
        assembly.add(good);
        assertThat(assembly.newestWhole()).contains(3L);
        addShard(0, 4);
        records(LAYOUT, 1, 4).stream()
                .filter(record -> !(record instanceof TensorChunk chunk
                        && chunk.part().equals("secondMoment")
                        && chunk.chunk() == 1))
                .forEach(record -> add(assembly, record));
        assertThat(assembly.newestWhole()).contains(3L);
    }

    @Test
    void chunksOfCheckpointsAndOnesThatDoNotFitCountForNothing() {
        for (int shard = 0; shard < 2; shard++) {
            for (Object record : records(LAYOUT, shard, 3)) {
                add(
                        assembly,
                        record instanceof TensorChunk chunk ? chunk.inCheckpoint("kept") : record);
            }
        }
        assembly.add(new TensorChunk(7, 0, "master", 3, new float[4]));
        assembly.add(new TensorChunk(0, 9, "master", 3, new float[4]));
        assembly.add(new TensorChunk(0, 0, "master", 3, new float[5]));
        assertThat(assembly.newestWhole()).isEmpty();
    }

    private void addShard(int shard, long version) {
        records(LAYOUT, shard, version).forEach(record -> add(assembly, record));
    }

    private static void add(StateAssembly assembly, Object record) {
        if (record instanceof TensorChunk chunk) {
            assembly.add(chunk);
        } else {
            assembly.add((ShardManifest) record);
        }
    }

    private static float value(long version, int part, long at) {
        return version * 1_000f + part * 100 + at;
    }

    private static List<Object> records(ShardLayout layout, int shard, long version) {
        List<Object> records = new ArrayList<>();
        List<Long> checksums = new ArrayList<>();
        for (String part : PARTS) {
            for (int chunk = 0; chunk < layout.chunks(shard); chunk++) {
                float[] values = new float[layout.chunkLength(shard, chunk)];
                long from = layout.start(shard) + layout.chunkStart(chunk);
                for (int i = 0; i < values.length; i++) {
                    values[i] = value(version, PARTS.indexOf(part), from + i);
                }
                TensorChunk made = new TensorChunk(shard, chunk, part, version, values);
                records.add(made);
                if (part.equals("master")) {
                    checksums.add(Checksums.crc32c(made.bytes()));
                }
            }
        }
        records.add(new ShardManifest(shard, version - 1, version, checksums, List.of()));
        return records;
    }
}
