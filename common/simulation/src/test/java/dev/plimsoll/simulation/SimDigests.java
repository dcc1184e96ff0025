package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Report;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What replicas say that they hold is what a version is; a worker whose memory has failed is let do
 * nothing more, once that can be known.
 */
final class SimDigests {
    private final SimWorld world;
    private final SimVersions versions;
    /** By generation and version, what the planner has heard of workers. */
    private final Map<Long, Map<Long, Long>> heard = new HashMap<>();
    /** By version, the shards that the planner has heard. */
    private final Map<Long, Set<Integer>> shards = new HashMap<>();
    /** Of undamaged replicas, of versions that are not decided yet. */
    private final List<Report.VersionHeld> ahead = new ArrayList<>();

    private final Set<Long> ended = new HashSet<>();

    SimDigests(SimWorld world, SimVersions versions) {
        this.world = world;
        this.versions = versions;
    }

    /**
     * A rollback under way only rolls forward: who joins may read what it has written. One that
     * went ahead and has not heard yet that it is over may hold what is never to be.
     */
    void said(Report.VersionHeld held, boolean damaged) {
        if (damaged || ended.contains(held.generation())) {
            return;
        }
        if (isDecided(held.version())) {
            require(held);
        } else {
            ahead.add(held);
        }
    }

    private boolean isDecided(long version) {
        return version <= versions.newest();
    }

    private void require(Report.VersionHeld held) {
        assertThat(held.digest())
                .as("digest of %s", held)
                .isEqualTo(versions.digest(held.version()));
    }

    void require(int shard, long version, long digest) {
        assertThat(digest)
                .as("digest of shard %d at version %d", shard, version)
                .isEqualTo(versions.digest(version, shard));
    }

    /** What was made ahead of a decision that is another is made by who works no more. */
    private void requireDecided() {
        ahead.stream()
                .filter(held -> isDecided(held.version()) && !ended.contains(held.generation()))
                .forEach(this::require);
        ahead.removeIf(held -> isDecided(held.version()) || ended.contains(held.generation()));
    }

    void journaled(JournalRecord record) {
        requireDecided();
        switch (record) {
            case JournalRecord.ShardDigestAccepted is -> {
                require(is.shard(), is.version(), is.digest());
                shards.computeIfAbsent(is.version(), v -> new HashSet<>()).add(is.shard());
            }
            case JournalRecord.WorkerDigestAccepted is ->
                heard.computeIfAbsent(is.generation(), g -> new HashMap<>())
                        .put(is.version(), is.digest());
            case JournalRecord.WorkerLost lost -> {
                if (wrong(lost.generation()).anyMatch(this::isKnown)) {
                    world.situations.add(Situation.REPLICA_DIFFERS);
                }
                ended.add(lost.generation());
            }
            case JournalRecord.MicroBatchDispatched out ->
                assertThat(wrong(out.generation()).filter(this::isKnown))
                        .as("versions of which all know that they differ from %s", out)
                        .isEmpty();
            default -> {}
        }
    }

    /** The versions of which the planner has heard a wrong digest. */
    private Stream<Long> wrong(long generation) {
        return heard.getOrDefault(generation, Map.of()).entrySet().stream()
                .filter(said -> isDecided(said.getKey())
                        && said.getValue() != versions.digest(said.getKey()))
                .map(Map.Entry::getKey);
    }

    private boolean isKnown(long version) {
        return shards.getOrDefault(version, Set.of()).size() == world.layout.shards();
    }
}
