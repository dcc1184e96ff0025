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
import java.util.Optional;
import java.util.Random;

class AdapterAssemblyTest {

    private static final ShardLayout LAYOUT = new ShardLayout(300_001, 2);

    private final AdapterAssembly assembly = new AdapterAssembly(LAYOUT);

    @Property(tries = 60)
    void anyOrderOfRecordsGivesTheVersionWhenTheLastOneCame(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int shards) {
        ShardLayout layout = new ShardLayout(300_001, shards);
        AdapterAssembly shuffled = new AdapterAssembly(layout);
        List<Object> records = new ArrayList<>();
        for (int shard = 0; shard < shards; shard++) {
            records.addAll(chunks(layout, shard, 7));
            records.add(manifest(layout, shard, 7));
        }
        Collections.shuffle(records, new Random(seed));
        for (Object record : records) {
            assertThat(shuffled.newestWhole(7)).isEmpty();
            add(shuffled, record);
        }
        assertThat(shuffled.newestWhole(7)).contains(7L);
        assertThat(shuffled.newestWhole(8)).isEmpty();
        float[] flat = shuffled.take(7);
        for (int i = 0; i < flat.length; i++) {
            assertThat(flat[i]).isEqualTo(value(7, i));
        }
    }

    @Test
    void aShardThatIsAheadDoesNotSpoilTheVersionBeforeIt() {
        addShard(0, 3);
        addShard(0, 4);
        addShard(1, 3);
        assertThat(assembly.newestWhole(3)).contains(3L);
        addShard(1, 4);
        assertThat(assembly.newestWhole(3)).contains(4L);
        assembly.take(4);
        addShard(0, 3);
        assertThat(assembly.held()).containsExactly(4L);
    }

    @Test
    void versionsWithoutStateDoNotPushOneWithStateOut() {
        addShard(0, 3);
        addShard(1, 3);
        for (long version = 4; version <= 40; version++) {
            for (int shard = 0; shard < 2; shard++) {
                assembly.add(new ShardManifest(shard, version, version, List.of(), List.of()));
            }
        }
        assertThat(assembly.newestWhole(0)).contains(3L);
        assertThat(assembly.held()).containsExactly(3L);
    }

    @Test
    void aJoiningWorkerDoesNotHoldTheVersionsItReadsPast() {
        assembly.drop(40);
        for (long version = 0; version < 40; version++) {
            addShard(0, version);
            addShard(1, version);
        }
        assertThat(assembly.held()).isEmpty();
        addShard(0, 40);
        addShard(1, 40);
        assertThat(assembly.newestWhole(40)).contains(40L);
    }

    @Test
    void partitionsReadOneAfterTheOtherGiveTheNewestVersion() {
        for (long version = 0; version <= 20; version++) {
            addShard(0, version);
        }
        for (long version = 0; version <= 20; version++) {
            addShard(1, version);
            assertThat(assembly.held()).hasSizeLessThanOrEqualTo(4);
        }
        assertThat(assembly.newestWhole(0)).contains(20L);
    }

    @Test
    void aChunkThatDiffersFromItsManifestMakesNoVersionWhole() {
        addShard(0, 3);
        addShard(1, 3);
        TensorChunk good = chunks(LAYOUT, 0, 3).getFirst();
        float[] other = good.values().clone();
        other[5] += 1;
        assembly.add(new TensorChunk(0, 0, "master", 3, other));
        assertThat(assembly.newestWhole(0)).isEqualTo(Optional.empty());
        assembly.add(good);
        assertThat(assembly.newestWhole(0)).contains(3L);
    }

    private void addShard(int shard, long version) {
        chunks(LAYOUT, shard, version).forEach(assembly::add);
        assembly.add(manifest(LAYOUT, shard, version));
    }

    private static void add(AdapterAssembly assembly, Object record) {
        if (record instanceof TensorChunk chunk) {
            assembly.add(chunk);
        } else {
            assembly.add((ShardManifest) record);
        }
    }

    private static float value(long version, int at) {
        return version * 1_000_000f + at;
    }

    static List<TensorChunk> chunks(ShardLayout layout, int shard, long version) {
        List<TensorChunk> chunks = new ArrayList<>();
        for (int chunk = 0; chunk < layout.chunks(shard); chunk++) {
            float[] values = new float[layout.chunkLength(shard, chunk)];
            for (int i = 0; i < values.length; i++) {
                values[i] = value(
                        version,
                        Math.toIntExact(layout.start(shard)) + layout.chunkStart(chunk) + i);
            }
            chunks.add(new TensorChunk(shard, chunk, "master", version, values));
        }
        return chunks;
    }

    static ShardManifest manifest(ShardLayout layout, int shard, long version) {
        List<Long> checksums = chunks(layout, shard, version).stream()
                .map(chunk -> Checksums.crc32c(chunk.bytes()))
                .toList();
        return new ShardManifest(shard, version - 1, version, checksums, List.of());
    }
}
