package dev.plimsoll.audit;

import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.tensor.ShardManifest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The manifests of all shards. There may be several of one version and shard: without checksums
 * when the version was made, with them when its state was written, and again after a shard was
 * started anew. They must say the same.
 */
final class ShardVersions {

    private final Map<Integer, Map<Long, ShardManifest>> byShard = new TreeMap<>();
    private final List<String> contradictions = new ArrayList<>();

    void take(ShardManifest taken) {
        ShardManifest manifest = sharing(taken);
        Map<Long, ShardManifest> ofShard =
                byShard.computeIfAbsent(manifest.shard(), _ -> new TreeMap<>());
        ShardManifest before = ofShard.put(manifest.version(), manifest);
        if (before == null) {
            return;
        }
        if (Lineage.contradict(before, manifest)) {
            contradictions.add("shard " + manifest.shard() + " says of version "
                    + manifest.version() + " another thing than it said before");
        }
        if (before.hasState() && !manifest.hasState()) {
            ofShard.put(manifest.version(), before);
        }
    }

    /** With the same list of contributions where another shard said the same: it is long. */
    private ShardManifest sharing(ShardManifest manifest) {
        return byShard.values().stream()
                .map(versions -> versions.get(manifest.version()))
                .filter(other -> other != null && other.builtFrom().equals(manifest.builtFrom()))
                .findFirst()
                .map(other -> new ShardManifest(
                        manifest.shard(),
                        manifest.step(),
                        manifest.version(),
                        manifest.chunkChecksums(),
                        other.builtFrom(),
                        manifest.restored(),
                        manifest.digest()))
                .orElse(manifest);
    }

    Map<Integer, Map<Long, ShardManifest>> byShard() {
        return byShard;
    }

    Map<Long, ShardManifest> ofFirst() {
        return byShard.getOrDefault(0, Map.of());
    }

    /** Sentences about manifests that were told again otherwise. */
    List<String> contradictions() {
        return contradictions;
    }

    /**
     * The newest version that all shards have. Between the shards' transactions one shard may be
     * ahead of another.
     */
    long newestOfAll(int shards) {
        if (byShard.size() < shards) {
            return 0;
        }
        return byShard.values().stream()
                .mapToLong(versions -> versions.keySet().stream()
                        .mapToLong(Long::longValue)
                        .max()
                        .orElse(0))
                .min()
                .orElse(0);
    }

    /**
     * All shards must say the same of every version, and contributions must say the same as the
     * versions that were made of them.
     */
    void requireAgreement(
            long upTo, Map<Long, ContributionManifest> contributions, List<String> findings) {
        Map<Long, ShardManifest> first = ofFirst();
        for (long version = 1; version <= upTo; version++) {
            ShardManifest manifest = first.get(version);
            if (manifest == null) {
                findings.add("version " + version + " has no manifest in shard 0");
                continue;
            }
            for (ContributionManifest contribution : manifest.builtFrom()) {
                ContributionManifest own = contributions.get(contribution.contribution());
                if (own != null && !own.equals(contribution)) {
                    findings.add("version " + version + " names contribution "
                            + contribution.contribution()
                            + " otherwise than the contribution itself does");
                }
            }
            for (Map.Entry<Integer, Map<Long, ShardManifest>> shard : byShard.entrySet()) {
                ShardManifest other = shard.getValue().get(version);
                if (other == null
                        || !other.builtFrom().equals(manifest.builtFrom())
                        || !other.restored().equals(manifest.restored())) {
                    findings.add(
                            "version " + version + " was built from other contributions in shard "
                                    + shard.getKey() + " than in shard 0");
                } else if (Lineage.differs(shard.getValue(), other)) {
                    findings.add("version " + version
                            + " is a rollback and has other contents than its checkpoint in shard "
                            + shard.getKey());
                }
            }
        }
    }
}
