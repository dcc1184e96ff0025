package dev.plimsoll.coordinator.kafka;

import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.wire.Decoded;
import dev.plimsoll.wire.ShardLayout;
import dev.plimsoll.wire.ShardManifest;
import dev.plimsoll.wire.TensorChunk;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.WireCodec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** One shard's place in the compacted topics: what a version looks like there, and how the newest is read back. */
final class ShardStore {

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
        state.optimizerChunks(layout).forEach(chunk -> records.add(chunk.toRecord(topics.optimizer(), source)));
        state.adapterChunks(layout).forEach(chunk -> records.add(chunk.toRecord(topics.adapter(), source)));
        // a key of its own for each version keeps it from being compacted away
        String key = "manifest/" + shard + "/" + manifest.version();
        records.add(WireCodec.SHARD_MANIFESTS.toRecord(topics.adapter(), shard, key, manifest, source, key));
        return records;
    }

    /**
     * The newest committed version; empty when there is none. Throws IllegalStateException when its chunks are not those
     * that its manifest names. Call it after initTransactions.
     */
    Optional<ShardState> load(PartitionReader reader) {
        Found found = new Found();
        reader.readAll(new TopicPartition(topics.adapter(), shard), found::take);
        reader.readAll(new TopicPartition(topics.optimizer(), shard), found::take);
        if (found.newest == null) {
            if (!found.chunks.isEmpty()) {
                throw damaged("has chunks but no manifest");
            }
            return Optional.empty();
        }
        requireChecksums(found);
        return Optional.of(new ShardState(
                shard,
                found.newest.version(),
                join(found, "master"),
                join(found, "firstMoment"),
                join(found, "secondMoment")));
    }

    private void requireChecksums(Found found) {
        List<Long> expected = found.newest.chunkChecksums();
        if (expected.size() != layout.chunks(shard)) {
            throw damaged("has " + expected.size() + " chunks by its manifest and " + layout.chunks(shard)
                    + " by the run's settings");
        }
        for (int chunk = 0; chunk < expected.size(); chunk++) {
            long checksum = TensorChunk.crc32c(chunk(found, "master", chunk).bytes());
            if (checksum != expected.get(chunk)) {
                throw damaged(
                        "chunk " + chunk + " has checksum " + checksum + ", its manifest says " + expected.get(chunk));
            }
        }
    }

    private float[] join(Found found, String part) {
        float[] values = new float[layout.length(shard)];
        for (int chunk = 0; chunk < layout.chunks(shard); chunk++) {
            float[] piece = chunk(found, part, chunk).values();
            if (piece.length != layout.chunkLength(shard, chunk)) {
                throw damaged(part + " chunk " + chunk + " has " + piece.length + " values");
            }
            System.arraycopy(piece, 0, values, layout.chunkStart(chunk), piece.length);
        }
        return values;
    }

    private TensorChunk chunk(Found found, String part, int chunk) {
        TensorChunk there = found.chunks.get(part + "/" + chunk);
        if (there == null || there.owner() != found.newest.version()) {
            throw damaged(
                    part + " chunk " + chunk + " is " + (there == null ? "missing" : "of version " + there.owner())
                            + ", the manifest is of version " + found.newest.version());
        }
        return there;
    }

    private IllegalStateException damaged(String what) {
        return new IllegalStateException("shard " + shard + " in " + topics.adapter() + " and " + topics.optimizer()
                + " cannot be used: " + what + "; restore both topics, or start another run with another prefix");
    }

    /** The newest record of every key. */
    private final class Found {
        private final Map<String, TensorChunk> chunks = new HashMap<>();
        private ShardManifest newest;

        void take(ConsumerRecord<byte[], byte[]> record) {
            if (record.value() == null) {
                return;
            }
            if (TensorChunk.isChunk(record)) {
                TensorChunk chunk = ok(TensorChunk.decode(record));
                chunks.put(chunk.part() + "/" + chunk.chunk(), chunk);
            } else {
                ShardManifest manifest = ok(WireCodec.SHARD_MANIFESTS.decode(record));
                newest = newest == null || manifest.version() > newest.version() ? manifest : newest;
            }
        }

        private <T> T ok(Decoded<T> decoded) {
            return switch (decoded) {
                case Decoded.Ok<T>(var value) -> value;
                case Decoded.Malformed<T>(var where, var problem) -> throw damaged(where + ": " + problem);
            };
        }
    }
}
