package dev.plimsoll.worker.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.junit.jupiter.api.Test;

import java.util.List;

/** When a version is whole is AdapterAssemblyTest's. */
class AdapterHandoverTest {

    private static final ShardLayout LAYOUT = new ShardLayout(4, 2);

    private final AdapterHandover handover = new AdapterHandover(LAYOUT);

    /** Of one shard, all of the version: two values that are its number. */
    private void read(int shard, long version) {
        TensorChunk chunk =
                new TensorChunk(shard, 0, "master", version, new float[] {version, version});
        handover.read(chunk);
        handover.read(new ShardManifest(
                shard, 0, version, List.of(Checksums.crc32c(chunk.bytes())), List.of()));
    }

    @Test
    void theWantedVersionIsDueOnceEveryShardHasIt() {
        read(0, 5);
        assertThat(handover.due(5)).isEmpty();
        read(1, 5);
        assertThat(handover.due(5)).contains(5L);
        assertThat(handover.due(5)).as("it was not taken").contains(5L);
    }

    @Test
    void eachIsHandedOverOnce() {
        read(0, 5);
        read(1, 5);
        assertThat(handover.take(5)).containsExactly(5, 5, 5, 5);
        assertThat(handover.due(5)).isEmpty();
        read(0, 6);
        read(1, 6);
        assertThat(handover.due(5)).as("nobody wants 6").isEmpty();
        assertThat(handover.due(6)).contains(6L);
    }

    @Test
    void aNewerVersionStandsForTheWantedOneAndAnOlderOneDoesNot() {
        read(0, 4);
        read(1, 4);
        assertThat(handover.due(-1)).as("nothing is wanted").isEmpty();
        assertThat(handover.due(5)).isEmpty();
        read(0, 7);
        read(1, 7);
        assertThat(handover.due(5)).contains(7L);
        handover.take(7);
        assertThat(handover.due(6)).isEmpty();
    }
}
