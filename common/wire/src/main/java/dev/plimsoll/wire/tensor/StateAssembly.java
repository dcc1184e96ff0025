package dev.plimsoll.wire.tensor;

import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.run.ShardLayout;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Collects chunks and manifests of the topics {@code adapter} and {@code optimizer}, in any order,
 * until the state of one version is whole: on every shard a manifest with checksums, all the
 * parameters that it lists, and all of both moments. Only the newest few versions are held, each
 * straight in the arrays that it is taken as. Protocol rule 10.
 */
public final class StateAssembly {

    /** A version of all shards. */
    public record State(long version, float[] master, float[] firstMoment, float[] secondMoment) {}

    /** States are seldom written: while one is read, another may begin. */
    private static final int KEPT_VERSIONS = 2;

    private static final List<String> PARTS = List.of("master", "firstMoment", "secondMoment");
    private static final long ABSENT = -1;

    private final ShardLayout layout;
    private final TreeMap<Long, Version> versions = new TreeMap<>();
    private long floor;

    /** @param atLeast older versions are read past */
    public StateAssembly(ShardLayout layout, long atLeast) {
        this.layout = layout;
        this.floor = atLeast;
    }

    private static final class Version {
        final float[][] values = new float[PARTS.size()][];
        /** By part, shard and chunk: the checksum, or {@link #ABSENT}. */
        final long[][][] checksums;

        final Map<Integer, ShardManifest> manifests = new HashMap<>();

        Version(ShardLayout layout) {
            checksums = new long[PARTS.size()][layout.shards()][];
            for (long[][] part : checksums) {
                for (int shard = 0; shard < part.length; shard++) {
                    part[shard] = new long[layout.chunks(shard)];
                    Arrays.fill(part[shard], ABSENT);
                }
            }
        }
    }

    /** Chunks of checkpoints lie in the same topic, and count for no version. */
    public void add(TensorChunk chunk) {
        int part = PARTS.indexOf(chunk.part());
        if (part < 0 || !fits(chunk)) {
            return;
        }
        version(chunk.owner()).ifPresent(version -> {
            if (version.values[part] == null) {
                version.values[part] = new float[Math.toIntExact(layout.parameters())];
            }
            chunk.copyTo(
                    version.values[part],
                    Math.toIntExact(layout.start(chunk.shard()))
                            + layout.chunkStart(chunk.chunk()));
            version.checksums[part][chunk.shard()][chunk.chunk()] = Checksums.crc32c(chunk.bytes());
        });
    }

    private boolean fits(TensorChunk chunk) {
        return chunk.dtype() == TensorDtype.F32
                && chunk.shard() >= 0
                && chunk.shard() < layout.shards()
                && chunk.chunk() >= 0
                && chunk.chunk() < layout.chunks(chunk.shard())
                && chunk.count() == layout.chunkLength(chunk.shard(), chunk.chunk());
    }

    /** One without checksums says nothing of a state. */
    public void add(ShardManifest manifest) {
        if (manifest.hasState()) {
            version(manifest.version())
                    .ifPresent(version -> version.manifests.put(manifest.shard(), manifest));
        }
    }

    private Optional<Version> version(long number) {
        if (number < floor) {
            return Optional.empty();
        }
        versions.computeIfAbsent(number, v -> new Version(layout));
        if (versions.size() > KEPT_VERSIONS) {
            floor = versions.firstKey() + 1;
            versions.pollFirstEntry();
        }
        return Optional.ofNullable(versions.get(number));
    }

    /** The newest whole version, if there is one. */
    public Optional<Long> newestWhole() {
        return versions.descendingMap().entrySet().stream()
                .filter(entry -> isWhole(entry.getValue()))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    private boolean isWhole(Version version) {
        for (int shard = 0; shard < layout.shards(); shard++) {
            ShardManifest manifest = version.manifests.get(shard);
            if (manifest == null) {
                return false;
            }
            long[] listed = manifest.chunkChecksums().stream()
                    .mapToLong(Long::longValue)
                    .toArray();
            if (!Arrays.equals(listed, version.checksums[0][shard])) {
                return false;
            }
            for (long[][] part : version.checksums) {
                if (Arrays.stream(part[shard]).anyMatch(checksum -> checksum == ABSENT)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Hands the whole version's arrays over; nothing else is held any more. */
    public State take(long number) {
        float[][] values = versions.get(number).values;
        versions.clear();
        floor = number + 1;
        return new State(number, values[0], values[1], values[2]);
    }

    /** Versions of which something is held: for tests. */
    List<Long> held() {
        return List.copyOf(versions.keySet());
    }
}
