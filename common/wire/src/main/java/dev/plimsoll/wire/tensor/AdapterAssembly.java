package dev.plimsoll.wire.tensor;

import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.run.ShardLayout;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Collects chunks and manifests of the adapter topic, in any order, until one version is whole: on
 * every shard a manifest of that version and all the chunks it lists, by checksum. Only the newest
 * few are held. Protocol rule 10.
 */
public final class AdapterAssembly {

    /** Versions of which something is held: shards are never further apart than a state or two. */
    private static final int KEPT_VERSIONS = 4;

    private final ShardLayout layout;
    private final TreeMap<Long, Version> versions = new TreeMap<>();
    private long floor;

    private static final class Version {
        final Map<Integer, ShardManifest> manifests = new HashMap<>();
        final Map<Integer, Map<Integer, TensorChunk>> chunks = new HashMap<>();
    }

    public AdapterAssembly(ShardLayout layout) {
        this.layout = layout;
    }

    public void add(TensorChunk chunk) {
        if (chunk.owner() >= floor) {
            version(chunk.owner())
                    .chunks
                    .computeIfAbsent(chunk.shard(), s -> new HashMap<>())
                    .put(chunk.chunk(), chunk);
        }
    }

    /** One without checksums is passed over: nothing is written of its version. */
    public void add(ShardManifest manifest) {
        if (manifest.hasState() && manifest.version() >= floor) {
            version(manifest.version()).manifests.put(manifest.shard(), manifest);
        }
    }

    private Version version(long number) {
        Version version = versions.computeIfAbsent(number, v -> new Version());
        if (versions.size() > KEPT_VERSIONS) {
            drop(versions.firstKey() + 1);
        }
        return version;
    }

    /**
     * Older versions will not be asked for: a joining worker reads past them without holding them.
     */
    public void drop(long below) {
        floor = Math.max(floor, below);
        versions.headMap(floor, false).clear();
    }

    /** The newest whole version of at least {@code atLeast}, if there is one. */
    public Optional<Long> newestWhole(long atLeast) {
        return versions.tailMap(atLeast, true).descendingMap().entrySet().stream()
                .filter(entry -> isWhole(entry.getValue()))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    private boolean isWhole(Version version) {
        for (int shard = 0; shard < layout.shards(); shard++) {
            ShardManifest manifest = version.manifests.get(shard);
            Map<Integer, TensorChunk> chunks = version.chunks.getOrDefault(shard, Map.of());
            if (manifest == null
                    || chunks.size() != layout.chunks(shard)
                    || manifest.chunkChecksums().size() != chunks.size()) {
                return false;
            }
            for (int chunk = 0; chunk < chunks.size(); chunk++) {
                TensorChunk present = chunks.get(chunk);
                if (present == null
                        || present.count() != layout.chunkLength(shard, chunk)
                        || Checksums.crc32c(present.bytes())
                                != manifest.chunkChecksums().get(chunk)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The version's flat vector. Older versions are dropped; this one can be taken again. */
    public float[] take(long number) {
        Version version = versions.get(number);
        float[] flat = new float[Math.toIntExact(layout.parameters())];
        for (int shard = 0; shard < layout.shards(); shard++) {
            for (TensorChunk chunk : version.chunks.get(shard).values()) {
                int at = Math.toIntExact(layout.start(shard)) + layout.chunkStart(chunk.chunk());
                System.arraycopy(chunk.values(), 0, flat, at, chunk.values().length);
            }
        }
        drop(number);
        return flat;
    }

    /** Versions of which something is held: for telemetry and tests. */
    public List<Long> held() {
        return new ArrayList<>(versions.keySet());
    }
}
