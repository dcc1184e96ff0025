package dev.plimsoll.audit;

import dev.plimsoll.wire.tensor.ShardManifest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The versions that the newest version stands on. A version stands on the one before it; a version
 * that a rollback wrote stands on the one that its checkpoint was taken of. What was trained in any
 * other version is undone.
 *
 * @param versions in their order; version 0, which nothing was trained for, is not among them
 */
record Lineage(List<Long> versions) {

    /** @param findings gets a sentence for each rollback whose version is not what it says */
    static Lineage of(Map<Long, ShardManifest> manifests, long newest, List<String> findings) {
        TreeSet<Long> versions = new TreeSet<>();
        long version = newest;
        while (version > 0) {
            versions.add(version);
            version = before(manifests, version, findings);
        }
        return new Lineage(new ArrayList<>(versions));
    }

    private static long before(
            Map<Long, ShardManifest> manifests, long version, List<String> findings) {
        ShardManifest manifest = manifests.get(version);
        Optional<ShardManifest.Restored> restored =
                manifest == null ? Optional.empty() : manifest.restored();
        if (restored.isEmpty()) {
            return version - 1;
        }
        long of = restored.get().version();
        if (of >= version || of < 0) {
            findings.add("version " + version + " is a rollback to version " + of
                    + ", which is not before it");
            return version - 1;
        }
        return of;
    }

    /**
     * Whether this is a version of a rollback whose parameters differ from those that its
     * checkpoint was taken of. The state of that one may never have been written under its own
     * number; then their digests tell, and if one has none, nothing does.
     */
    static boolean differs(Map<Long, ShardManifest> ofShard, ShardManifest manifest) {
        if (manifest.restored().isEmpty()) {
            return false;
        }
        ShardManifest original = ofShard.get(manifest.restored().get().version());
        return original == null || otherContents(original, manifest);
    }

    /** Whether two manifests of one version and shard cannot both be true. */
    static boolean contradict(ShardManifest one, ShardManifest other) {
        return !one.builtFrom().equals(other.builtFrom())
                || !one.restored().equals(other.restored())
                || otherContents(one, other);
    }

    private static boolean otherContents(ShardManifest one, ShardManifest other) {
        if (one.hasState() && other.hasState()) {
            return !one.chunkChecksums().equals(other.chunkChecksums());
        }
        return one.digest() != 0 && other.digest() != 0 && one.digest() != other.digest();
    }
}
