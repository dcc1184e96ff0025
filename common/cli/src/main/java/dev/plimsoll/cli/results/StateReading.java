package dev.plimsoll.cli.results;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.model.optimizer.StateDigest;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.StateAssembly;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Reads parameters and moments from a run's topics: of a checkpoint, or of the newest state. */
final class StateReading {

    private static final List<String> PARTS = List.of("master", "firstMoment", "secondMoment");

    private final Clients clients;
    private final Topics topics;
    private final ShardLayout layout;

    StateReading(Clients clients, Topics topics, ShardLayout layout) {
        this.clients = clients;
        this.topics = topics;
        this.layout = layout;
    }

    /** The newest version whose state every shard has written. */
    StateAssembly.State newest() {
        StateAssembly assembly = new StateAssembly(layout, 0);
        scan(topics.optimizer(), assembly::add, assembly::add);
        scan(topics.adapter(), assembly::add, assembly::add);
        long version = assembly.newestWhole()
                .orElseThrow(() -> CliFailure.input("the state of no version is whole at the"
                        + " moment: a shard is writing one; try again, or give --checkpoint"));
        return assembly.take(version);
    }

    /** The checkpoint, which is of that version. */
    StateAssembly.State checkpoint(String name, long version) {
        float[][] values = new float[PARTS.size()][Math.toIntExact(layout.parameters())];
        Set<String> found = new HashSet<>();
        scan(
                topics.optimizer(),
                chunk -> {
                    for (int part = 0; part < PARTS.size(); part++) {
                        boolean wanted = chunk.owner() == version
                                && chunk.part()
                                        .equals(TensorChunk.checkpointPart(name, PARTS.get(part)));
                        if (wanted) {
                            int at = Math.toIntExact(layout.start(chunk.shard()))
                                    + layout.chunkStart(chunk.chunk());
                            chunk.copyTo(values[part], at);
                            found.add(chunk.key());
                        }
                    }
                },
                manifest -> {});
        int expected = 0;
        for (int shard = 0; shard < layout.shards(); shard++) {
            expected += PARTS.size() * layout.chunks(shard);
        }
        if (found.size() != expected) {
            throw damaged(name, found.size() + " of its " + expected + " chunks are there");
        }
        requireDigest(name, version, values[0]);
        return new StateAssembly.State(version, values[0], values[1], values[2]);
    }

    /** Shards' digests add up to the whole's; a manifest of an old run has none. */
    private void requireDigest(String name, long version, float[] master) {
        Map<Integer, Long> digests = new HashMap<>();
        scan(topics.adapter(), chunk -> {}, manifest -> {
            if (manifest.version() == version) {
                digests.put(manifest.shard(), manifest.digest());
            }
        });
        boolean known = digests.size() == layout.shards() && !digests.containsValue(0L);
        long sum = digests.values().stream().mapToLong(Long::longValue).sum();
        if (known && sum != StateDigest.of(master, 0)) {
            throw damaged(name, "its digest is not that of version " + version);
        }
    }

    private static RuntimeException damaged(String name, String what) {
        return CliFailure.input("checkpoint " + name + " cannot be used: " + what
                + "; take another one; nothing was written");
    }

    private void scan(
            String topic, Consumer<TensorChunk> chunks, Consumer<ShardManifest> manifests) {
        TopicScan.read(clients, topic, record -> {
            if (record.value() == null) {
                return;
            }
            if (TensorChunk.isChunk(record)) {
                ok(TensorChunk.decode(record)).ifPresent(chunks);
            } else {
                ok(Wire.SHARD_MANIFESTS.decode(record)).ifPresent(manifests);
            }
        });
    }

    /** What cannot be read is passed over: a part that is missing makes no state whole. */
    private static <T> Optional<T> ok(Decoded<T> decoded) {
        return decoded instanceof Decoded.Ok<T>(T value) ? Optional.of(value) : Optional.empty();
    }
}
