package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Report;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What replicas say that they hold is what a version is; a worker whose memory has failed is let do
 * nothing more, once that can be known.
 */
final class SimDigests {
    private final SimWorld world;
    private final SimVersions versions;
    /** By generation, the versions of which it has said a wrong digest. */
    private final Map<Long, Set<Long>> wrong = new HashMap<>();
    /** Of those, the ones that the planner has heard. */
    private final Map<Long, Set<Long>> heard = new HashMap<>();
    /** By version, the shards that the planner has heard. */
    private final Map<Long, Set<Integer>> shards = new HashMap<>();

    SimDigests(SimWorld world, SimVersions versions) {
        this.world = world;
        this.versions = versions;
    }

    /** A rollback under way only rolls forward: who joins may read what it has written. */
    void said(Report.VersionHeld held, boolean damaged) {
        assertThat(held.version())
                .as("version that is decided when this is said: %s", held)
                .isLessThanOrEqualTo(versions.newest());
        if (!damaged) {
            assertThat(held.digest())
                    .as("digest of %s", held)
                    .isEqualTo(versions.digest(held.version()));
        } else if (held.digest() != versions.digest(held.version())) {
            wrong.computeIfAbsent(held.generation(), g -> new HashSet<>()).add(held.version());
        }
    }

    void require(int shard, long version, long digest) {
        assertThat(digest)
                .as("digest of shard %d at version %d", shard, version)
                .isEqualTo(versions.digest(version, shard));
    }

    void journaled(JournalRecord record) {
        switch (record) {
            case JournalRecord.ShardDigestAccepted is -> {
                require(is.shard(), is.version(), is.digest());
                shards.computeIfAbsent(is.version(), v -> new HashSet<>()).add(is.shard());
            }
            case JournalRecord.WorkerDigestAccepted is -> {
                if (wrong.getOrDefault(is.generation(), Set.of()).contains(is.version())) {
                    world.situations.add(Situation.REPLICA_DIFFERS);
                    heard.computeIfAbsent(is.generation(), g -> new HashSet<>()).add(is.version());
                }
            }
            case JournalRecord.MicroBatchDispatched out -> requireSound(out);
            default -> {}
        }
    }

    private void requireSound(JournalRecord.MicroBatchDispatched out) {
        heard.getOrDefault(out.generation(), Set.of())
                .forEach(version -> assertThat(
                                shards.getOrDefault(version, Set.of()).size())
                        .as("shards that differ from %s at version %d", out, version)
                        .isLessThan(world.layout.shards()));
    }
}
