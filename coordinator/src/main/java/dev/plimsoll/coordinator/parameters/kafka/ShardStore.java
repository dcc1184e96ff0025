package dev.plimsoll.coordinator.parameters.kafka;

import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * One shard's place in the compacted topics: what versions and checkpoints look like there, and how
 * they are read back.
 */
final class ShardStore {

    private static final List<String> PARTS = List.of("master", "firstMoment", "secondMoment");

    private final Topics topics;
    private final ShardLayout layout;
    private final int shard;

    ShardStore(Topics topics, ShardLayout layout, int shard) {
        this.topics = topics;
        this.layout = layout;
        this.shard = shard;
    }

    /** The whole version: written in one transaction, or not at all. */
    List<ProducerRecord<byte[], byte[]>> records(ShardState state, ShardManifest manifest) {
        String source = "shard-" + shard;
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        state.optimizerChunks(layout)
                .forEach(chunk -> records.add(chunk.toRecord(topics.optimizer(), source)));
        state.adapterChunks(layout)
                .forEach(chunk -> records.add(chunk.toRecord(topics.adapter(), source)));
        // a key of its own for each version keeps it from being compacted away
        String key = "manifest/" + shard + "/" + manifest.version();
        records.add(
                Wire.SHARD_MANIFESTS.toRecord(topics.adapter(), shard, key, manifest, source, key));
        return records;
    }

    /** All of a checkpoint, for one transaction; it replaces one of the same name. */
    List<ProducerRecord<byte[], byte[]>> checkpoint(ShardState state, String name) {
        return state.checkpointChunks(layout, name).stream()
                .map(chunk -> chunk.toRecord(topics.optimizer(), "shard-" + shard))
                .toList();
    }

    /**
     * The newest committed version; empty when there is none. Throws IllegalStateException when its
     * chunks are not those that its manifest names. Call it after initTransactions.
     */
    Optional<ShardState> load(PartitionReader reader) {
        StoredShard stored = read(reader, part -> part);
        if (stored.newest().isEmpty()) {
            if (stored.hasChunks()) {
                throw damaged("has chunks but no manifest");
            }
            return Optional.empty();
        }
        return Optional.of(state(stored, stored.newest().get()));
    }

    /**
     * The checkpoint, of whichever version it is. Throws IllegalStateException when there is none,
     * or it is not whole.
     */
    ShardState load(PartitionReader reader, String checkpoint) {
        StoredShard stored = read(reader, part -> TensorChunk.checkpointPart(checkpoint, part));
        long version =
                stored.version().orElseThrow(() -> damaged("has no checkpoint " + checkpoint));
        ShardManifest manifest = stored.manifest(version)
                .orElseThrow(() -> damaged("has no manifest of version " + version
                        + ", which checkpoint " + checkpoint + " is"));
        return state(stored, manifest);
    }

    /** @param naming how the parts of a state are called there */
    private StoredShard read(PartitionReader reader, UnaryOperator<String> naming) {
        StoredShard stored = new StoredShard(PARTS.stream().map(naming).toList(), this::damaged);
        reader.readAll(new TopicPartition(topics.adapter(), shard), stored::take);
        reader.readAll(new TopicPartition(topics.optimizer(), shard), stored::take);
        return stored;
    }

    private ShardState state(StoredShard stored, ShardManifest manifest) {
        requireChecksums(stored, manifest);
        return new ShardState(
                shard,
                manifest.version(),
                stored.updates(manifest.version()),
                join(stored, 0, manifest),
                join(stored, 1, manifest),
                join(stored, 2, manifest));
    }

    private void requireChecksums(StoredShard stored, ShardManifest manifest) {
        List<Long> expected = manifest.chunkChecksums();
        if (expected.size() != layout.chunks(shard)) {
            throw damaged("has " + expected.size() + " chunks by its manifest and "
                    + layout.chunks(shard) + " by the run's settings");
        }
        for (int chunk = 0; chunk < expected.size(); chunk++) {
            long checksum =
                    Checksums.crc32c(stored.chunk(0, chunk, manifest.version()).bytes());
            if (checksum != expected.get(chunk)) {
                throw damaged("chunk " + chunk + " has checksum " + checksum
                        + ", its manifest says " + expected.get(chunk));
            }
        }
    }

    private float[] join(StoredShard stored, int part, ShardManifest manifest) {
        float[] values = new float[layout.length(shard)];
        for (int chunk = 0; chunk < layout.chunks(shard); chunk++) {
            float[] piece = stored.chunk(part, chunk, manifest.version()).values();
            if (piece.length != layout.chunkLength(shard, chunk)) {
                throw damaged(
                        PARTS.get(part) + " chunk " + chunk + " has " + piece.length + " values");
            }
            System.arraycopy(piece, 0, values, layout.chunkStart(chunk), piece.length);
        }
        return values;
    }

    private IllegalStateException damaged(String what) {
        return new IllegalStateException("shard " + shard + " in " + topics.adapter() + " and "
                + topics.optimizer() + " cannot be used: " + what
                + "; restore both topics, or start another run with another prefix");
    }
}
