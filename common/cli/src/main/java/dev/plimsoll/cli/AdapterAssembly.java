package dev.plimsoll.cli;

import dev.plimsoll.wire.ShardLayout;
import dev.plimsoll.wire.ShardManifest;
import dev.plimsoll.wire.TensorChunk;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Puts an adapter together from the records of the compacted topic, in whatever order its partitions are read. A
 * version is complete when every shard has its manifest and every chunk has the checksum that the manifest names.
 */
final class AdapterAssembly {

    /** Versions of one shard that are remembered: shards are never further apart than one step. */
    private static final int KEPT_VERSIONS = 3;

    private final ShardLayout layout;
    private final List<NavigableMap<Long, ShardVersion>> shards = new ArrayList<>();

    /** A whole adapter as one flat vector. */
    record Assembled(long version, float[] values) {}

    private static final class ShardVersion {
        private ShardManifest manifest;
        private final Map<Integer, TensorChunk> chunks = new HashMap<>();
    }

    AdapterAssembly(ShardLayout layout) {
        this.layout = layout;
        for (int shard = 0; shard < layout.shards(); shard++) {
            shards.add(new TreeMap<>());
        }
    }

    void add(TensorChunk chunk) {
        version(chunk.shard(), chunk.owner()).chunks.put(chunk.chunk(), chunk);
    }

    void add(ShardManifest manifest) {
        version(manifest.shard(), manifest.version()).manifest = manifest;
    }

    /** The newest complete version. */
    Optional<Assembled> newest() {
        for (long version : shards.getFirst().descendingKeySet()) {
            if (shards.stream().allMatch(s -> complete(s.get(version)))) {
                return Optional.of(new Assembled(version, values(version)));
            }
        }
        return Optional.empty();
    }

    private ShardVersion version(int shard, long version) {
        if (shard < 0 || shard >= shards.size()) {
            throw new CliProblem(
                    ExitCode.INPUT,
                    "the adapter topic has a record of shard " + shard + ", but the run has " + shards.size()
                            + " shards; topics of two runs are mixed, use a fresh --prefix");
        }
        NavigableMap<Long, ShardVersion> versions = shards.get(shard);
        ShardVersion found = versions.computeIfAbsent(version, _ -> new ShardVersion());
        while (versions.size() > KEPT_VERSIONS && versions.firstKey() < version) {
            versions.pollFirstEntry();
        }
        return found;
    }

    private boolean complete(ShardVersion version) {
        if (version == null || version.manifest == null) {
            return false;
        }
        List<Long> checksums = version.manifest.chunkChecksums();
        for (int chunk = 0; chunk < checksums.size(); chunk++) {
            TensorChunk have = version.chunks.get(chunk);
            if (have == null || TensorChunk.crc32c(have.bytes()) != checksums.get(chunk)) {
                return false;
            }
        }
        return checksums.size() == layout.chunks(version.manifest.shard());
    }

    private float[] values(long version) {
        float[] values = new float[Math.toIntExact(layout.parameters())];
        for (int shard = 0; shard < shards.size(); shard++) {
            for (TensorChunk chunk : shards.get(shard).get(version).chunks.values()) {
                int at = Math.toIntExact(layout.start(shard)) + layout.chunkStart(chunk.chunk());
                System.arraycopy(chunk.values(), 0, values, at, chunk.values().length);
            }
        }
        return values;
    }
}
