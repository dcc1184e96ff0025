package dev.plimsoll.coordinator.parameters.kafka;

import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jboss.logging.Logger;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What was found of one shard in the compacted topics: of each chunk of the wanted parts the newest
 * record, and the manifests. A record that cannot be read is passed over.
 */
final class StoredShard {

    private static final Logger LOG = Logger.getLogger(StoredShard.class);

    private final List<String> parts;
    private final Function<String, IllegalStateException> damage;
    private final Map<String, TensorChunk> chunks = new HashMap<>();
    private final Map<String, Place> places = new HashMap<>();
    private final TreeMap<Long, ShardManifest> manifests = new TreeMap<>();

    private record Place(String topic, long offset) {}

    /** @param damage says what is wrong, and what to do */
    StoredShard(List<String> parts, Function<String, IllegalStateException> damage) {
        this.parts = parts;
        this.damage = damage;
    }

    void take(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            return;
        }
        if (!TensorChunk.isChunk(record)) {
            ok(Wire.SHARD_MANIFESTS.decode(record))
                    .ifPresent(manifest -> manifests.put(manifest.version(), light(manifest)));
            return;
        }
        if (parts.contains(part(record))) {
            ok(TensorChunk.decode(record)).ifPresent(chunk -> {
                String name = chunk.part() + "/" + chunk.chunk();
                chunks.put(name, chunk);
                places.put(name, new Place(record.topic(), record.offset()));
            });
        }
    }

    /**
     * By the key, {@link TensorChunk#key}: what is not wanted need not be whole, and is not looked
     * at.
     */
    private static String part(ConsumerRecord<byte[], byte[]> record) {
        byte[] bytes = record.key() == null ? new byte[0] : record.key();
        String[] key = new String(bytes, StandardCharsets.UTF_8).split("/", 3);
        return key.length < 3 ? "" : key[2];
    }

    /** Without what it was built from: there is one for every step of the run. */
    private static ShardManifest light(ShardManifest manifest) {
        return new ShardManifest(
                manifest.shard(),
                manifest.step(),
                manifest.version(),
                manifest.chunkChecksums(),
                List.of(),
                manifest.restored(),
                manifest.digest());
    }

    boolean hasChunks() {
        return !chunks.isEmpty();
    }

    /** Of the first chunk; whoever takes the others requires that they are of it too. */
    Optional<Long> version() {
        return Optional.ofNullable(chunks.get(parts.getFirst() + "/0")).map(TensorChunk::owner);
    }

    /** Of the newest version whose state was written: many are made and never written. */
    Optional<ShardManifest> newestState() {
        return manifests.descendingMap().values().stream()
                .filter(ShardManifest::hasState)
                .findFirst();
    }

    /** Of the newest chunks in the topic. */
    long firstOffset(String topic) {
        return places.values().stream()
                .filter(place -> place.topic().equals(topic))
                .mapToLong(Place::offset)
                .min()
                .orElseThrow();
    }

    Optional<ShardManifest> manifest(long version) {
        return Optional.ofNullable(manifests.get(version));
    }

    /**
     * How many updates led from version 0 to the version: every version is one more than the one
     * before, or a rollback's.
     */
    long updates(long version) {
        long since = 0;
        long at = version;
        while (at > 0) {
            Optional<ShardManifest.Restored> restored =
                    manifests.containsKey(at) ? manifests.get(at).restored() : Optional.empty();
            if (restored.isPresent()) {
                at = restored.get().version();
            } else {
                at--;
                since++;
            }
        }
        return since;
    }

    /** @param part its place among the wanted parts */
    TensorChunk chunk(int part, int chunk, long version) {
        TensorChunk there = chunks.get(parts.get(part) + "/" + chunk);
        if (there == null || there.owner() != version) {
            throw damage.apply(parts.get(part) + " chunk " + chunk + " is "
                    + (there == null ? "missing" : "of version " + there.owner())
                    + ", the manifest is of version "
                    + version);
        }
        return there;
    }

    /**
     * What cannot be read is passed over: if it was a part of the state, that part is missing, and
     * whoever asks for it says so.
     */
    private static <T> Optional<T> ok(Decoded<T> decoded) {
        return switch (decoded) {
            case Decoded.Ok<T>(var value) -> Optional.of(value);
            case Decoded.Malformed<T>(var where, var problem) -> {
                LOG.warnf("%s is passed over: %s", where, problem);
                yield Optional.empty();
            }
        };
    }
}
