package dev.plimsoll.audit;

import dev.plimsoll.wire.tensor.ShardManifest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Which versions the newest one stands on: each on the one before it, but for those that a rollback
 * wrote, which stand on what their checkpoint was of. What was trained in any other version is
 * undone.
 *
 * @param versions in their order; version 0, which nothing was trained for, is not among them
 */
record Lineage(List<Long> versions) {

    /** @param findings where a rollback's version is not what it says */
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
     * Whether it is a rollback's version and its parameters are not those that its checkpoint was
     * of.
     */
    static boolean differs(Map<Long, ShardManifest> ofShard, ShardManifest manifest) {
        if (manifest.restored().isEmpty()) {
            return false;
        }
        ShardManifest original = ofShard.get(manifest.restored().get().version());
        return original == null || !original.chunkChecksums().equals(manifest.chunkChecksums());
    }
}
