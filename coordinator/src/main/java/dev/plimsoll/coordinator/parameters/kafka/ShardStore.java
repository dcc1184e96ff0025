package dev.plimsoll.coordinator.parameters.kafka;

import dev.plimsoll.coordinator.kafka.TransactionalWriter;
import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.coordinator.parameters.SumToPublish;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.StatePlace;
import dev.plimsoll.wire.run.RunStart;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One shard's place in the topics of tensors: what states, checkpoints and sums look like there,
 * and how states and checkpoints are read back.
 */
final class ShardStore {

    private static final List<String> PARTS = List.of("master", "firstMoment", "secondMoment");

    private final Topics topics;
    private final ShardLayout layout;
    private final int shard;
    private final RunStart start;

    ShardStore(Topics topics, ShardLayout layout, int shard, RunStart start) {
        this.topics = topics;
        this.layout = layout;
        this.shard = shard;
        this.start = start;
    }

    /**
     * The whole version, in one transaction or not at all.
     *
     * @param manifest without checksums
     */
    StatePlace write(TransactionalWriter writer, ShardState state, ShardManifest manifest) {
        return place(writer.write(state(state, manifest)));
    }

    /** Offsets grow, and each topic has some. */
    private StatePlace place(List<RecordMetadata> written) {
        return new StatePlace(
                shard, first(written, topics.adapter()), first(written, topics.optimizer()));
    }

    private static long first(List<RecordMetadata> written, String topic) {
        return written.stream()
                .filter(place -> place.topic().equals(topic))
                .mapToLong(RecordMetadata::offset)
                .min()
                .orElseThrow();
    }

    /** Each is made when the stream comes to it; the manifest is the last. */
    Stream<ProducerRecord<byte[], byte[]>> state(ShardState state, ShardManifest manifest) {
        Stream<ProducerRecord<byte[], byte[]>> chunks = Stream.concat(
                state.optimizerChunks(layout)
                        .map(chunk -> chunk.toRecord(topics.optimizer(), source())),
                state.adapterChunks(layout)
                        .map(chunk -> chunk.toRecord(topics.adapter(), source())));
        return Stream.concat(
                chunks, Stream.of(manifest).map(bare -> manifest(state.whole(layout, bare))));
    }

    /** Of a version, with its state or without. */
    ProducerRecord<byte[], byte[]> manifest(ShardManifest manifest) {
        // a key of its own for each version keeps it from being compacted away
        String key = "manifest/" + shard + "/" + manifest.version();
        return Wire.SHARD_MANIFESTS.toRecord(topics.adapter(), shard, key, manifest, source(), key);
    }

    private String source() {
        return "shard-" + shard;
    }

    /** All of a checkpoint, for one transaction; it replaces one of the same name. */
    Stream<ProducerRecord<byte[], byte[]>> checkpoint(ShardState state, String name) {
        return state.checkpointChunks(layout, name)
                .map(chunk -> chunk.toRecord(topics.optimizer(), source()));
    }

    /** Of a published sum: the manifests in their order, then the chunks. */
    List<ProducerRecord<byte[], byte[]>> sum(SumToPublish sum) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (ContributionManifest manifest : sum.manifests()) {
            String key = sum.manifestKey(records.size());
            records.add(Wire.CONTRIBUTION_MANIFESTS.toRecord(
                    topics.sums(), shard, key, manifest, source(), key));
        }
        records.addAll(sum(sum.chunks()));
        return records;
    }

    List<ProducerRecord<byte[], byte[]>> sum(List<TensorChunk> chunks) {
        return chunks.stream()
                .map(chunk -> chunk.toRecord(topics.sums(), source()))
                .toList();
    }

    /**
     * A state as it lies in the topics.
     *
     * @param place where it begins
     */
    record Stored(ShardState state, StatePlace place) {}

    /**
     * The newest state; empty when there is none. Throws IllegalStateException when its chunks are
     * not those that its manifest names. Call it after initTransactions.
     */
    Optional<Stored> load(PartitionReader reader) {
        StoredShard stored = read(reader, part -> part);
        if (stored.newestState().isEmpty()) {
            if (stored.hasChunks()) {
                throw damaged("has chunks but no manifest of a state");
            }
            return Optional.empty();
        }
        ShardManifest manifest = stored.newestState().get();
        requireChecksums(stored, manifest);
        return Optional.of(new Stored(
                state(stored, manifest.version()),
                new StatePlace(
                        shard,
                        stored.firstOffset(topics.adapter()),
                        stored.firstOffset(topics.optimizer()))));
    }

    /**
     * The checkpoint, of whichever version it is. Throws IllegalStateException when there is none,
     * or it is not whole. The state of its version need not have been written otherwise.
     */
    ShardState load(PartitionReader reader, String checkpoint) {
        StoredShard stored = read(reader, part -> TensorChunk.checkpointPart(checkpoint, part));
        long version =
                stored.version().orElseThrow(() -> damaged("has no checkpoint " + checkpoint));
        ShardManifest manifest = stored.manifest(version)
                .orElseThrow(() -> damaged("has no manifest of version " + version
                        + ", which checkpoint " + checkpoint + " is"));
        if (manifest.hasState()) {
            requireChecksums(stored, manifest);
        }
        return state(stored, version);
    }

    /** @param naming how the parts of a state are called there */
    private StoredShard read(PartitionReader reader, UnaryOperator<String> naming) {
        StoredShard stored = new StoredShard(PARTS.stream().map(naming).toList(), this::damaged);
        reader.readAll(new TopicPartition(topics.adapter(), shard), stored::take);
        reader.readAll(new TopicPartition(topics.optimizer(), shard), stored::take);
        return stored;
    }

    private ShardState state(StoredShard stored, long version) {
        return new ShardState(
                shard,
                version,
                start.updates() + stored.updates(version),
                join(stored, 0, version),
                join(stored, 1, version),
                join(stored, 2, version));
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

    private float[] join(StoredShard stored, int part, long version) {
        float[] values = new float[layout.length(shard)];
        for (int chunk = 0; chunk < layout.chunks(shard); chunk++) {
            float[] piece = stored.chunk(part, chunk, version).values();
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
