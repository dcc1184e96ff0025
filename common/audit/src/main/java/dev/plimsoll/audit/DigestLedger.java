package dev.plimsoll.audit;

import dev.plimsoll.audit.DigestsOfVersion.Held;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.tensor.ShardManifest;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Joins the digests of versions: what shards and workers told the planner, and what the manifests
 * say. All replicas that hold a version must hold the same bits. A version's number is never used
 * again, so those of rolled back lineages need no care of their own.
 *
 * <p>Facts are taken in the order of the journal. A worker's digest is compared, and let go, as
 * soon as all shards' are known; what is kept of a version is one number a shard.
 */
final class DigestLedger {

    /** A worker that held other bits than the shards. */
    private record Differing(long version, Held held, long expected) {}

    /** What was compared so far. */
    private static final class Tally {
        private final BitSet versions;
        private final Set<String> replicas;
        private final Map<String, Long> lastThatAgreed;
        private final List<Differing> differing;
        private final List<String> contradictions;
        private long comparisons;

        private Tally() {
            versions = new BitSet();
            replicas = new HashSet<>();
            lastThatAgreed = new HashMap<>();
            differing = new ArrayList<>();
            contradictions = new ArrayList<>();
        }

        private Tally(Tally other) {
            versions = (BitSet) other.versions.clone();
            replicas = new HashSet<>(other.replicas);
            lastThatAgreed = new HashMap<>(other.lastThatAgreed);
            differing = new ArrayList<>(other.differing);
            contradictions = new ArrayList<>(other.contradictions);
            comparisons = other.comparisons;
        }

        private void shard(long version, int shard, long before, long now, String otherwise) {
            count(version);
            replicas.add("shard/" + shard);
            if (before != now) {
                contradictions.add(otherwise);
            }
        }

        private void worker(long version, Held held, long expected, int shards) {
            count(version);
            replicas.add("worker/" + held.workerId());
            IntStream.range(0, shards).forEach(shard -> replicas.add("shard/" + shard));
            if (held.digest() == expected) {
                lastThatAgreed.merge(held.workerId(), held.generation(), Math::max);
            } else {
                differing.add(new Differing(version, held, expected));
            }
        }

        private void count(long version) {
            comparisons++;
            versions.set(Math.toIntExact(version));
        }
    }

    private final TreeMap<Long, DigestsOfVersion> versions = new TreeMap<>();
    private final Built built = new Built();
    /** By generation that is over: the version that was committed last. */
    private final Map<Long, Long> endedGenerations = new HashMap<>();

    private long committed;
    private final Tally tally = new Tally();
    private int shards;

    void take(JournalRecord fact) {
        built.take(fact);
        switch (fact) {
            case JournalRecord.RunCreated created ->
                shards = created.run().fleet().shards();
            case JournalRecord.ShardDigestAccepted accepted -> accepted(accepted);
            case JournalRecord.WorkerDigestAccepted accepted -> accepted(accepted);
            case JournalRecord.WorkerLost lost ->
                endedGenerations.put(lost.generation(), committed);
            case JournalRecord.StepCommitted step -> committed = step.version();
            case JournalRecord.RolledBack back -> committed = back.version();
            // no other fact has a digest or ends a generation
            default -> {}
        }
    }

    private void accepted(JournalRecord.ShardDigestAccepted said) {
        if (said.shard() >= shards) {
            tally.contradictions.add("the journal has a digest of shard " + said.shard()
                    + ", and the run has " + shards + " shards");
            return;
        }
        committed = Math.max(committed, said.version());
        DigestsOfVersion version = version(said.version());
        if (version.knows(said.shard())) {
            long before = version.of(said.shard());
            tally.shard(
                    said.version(),
                    said.shard(),
                    before,
                    said.digest(),
                    "shard " + said.shard() + " made version " + said.version()
                            + " twice, with digests " + hex(before) + " and "
                            + hex(said.digest()));
            return;
        }
        version.set(said.shard(), said.digest());
        if (version.whole().isPresent()) {
            for (Held held : version.takeWaiting()) {
                tally.worker(said.version(), held, version.whole().getAsLong(), shards);
            }
        }
    }

    private void accepted(JournalRecord.WorkerDigestAccepted said) {
        DigestsOfVersion version = version(said.version());
        Held held = new Held(said.workerId(), said.generation(), said.digest());
        OptionalLong whole = version.whole();
        if (whole.isPresent()) {
            tally.worker(said.version(), held, whole.getAsLong(), shards);
        } else {
            version.await(held);
        }
    }

    private DigestsOfVersion version(long number) {
        return versions.computeIfAbsent(number, _ -> new DigestsOfVersion(shards));
    }

    /** @param manifests by shard and version, as the topic has them */
    DigestVerdict verdict(Map<Integer, Map<Long, ShardManifest>> manifests) {
        Tally all = new Tally(tally);
        manifests.values().forEach(of -> of.values().forEach(manifest -> join(manifest, all)));
        versions.forEach((number, version) -> {
            if (version.awaited()) {
                ofManifests(number, version, manifests)
                        .ifPresent(whole -> version.waiting()
                                .forEach(held -> all.worker(number, held, whole, shards)));
            }
        });
        List<String> findings = new ArrayList<>(all.contradictions);
        List<String> notes = new ArrayList<>();
        for (Differing one : all.differing) {
            long generation = one.held().generation();
            OptionalLong made = built.onTopOf(one.version(), generation);
            Long end = endedGenerations.get(generation);
            if (made.isPresent()) {
                findings.add(sentence(one) + "; version " + made.getAsLong()
                        + " was made of what it contributed on top of that: roll back to a "
                        + "checkpoint of version " + one.version() + " or of one before");
            } else if (end == null) {
                findings.add(sentence(one) + "; its generation went on all the same");
            } else if (one.version() <= end) {
                notes.add(sentence(one) + healing(one.held(), all));
            }
            // else it went ahead to a version that was never to be
        }
        return new DigestVerdict(
                new DigestCounts(
                        all.versions.cardinality(),
                        all.replicas.size(),
                        all.comparisons,
                        notes.size(),
                        findings.size()),
                findings,
                notes);
    }

    private void join(ShardManifest manifest, Tally all) {
        DigestsOfVersion version = versions.get(manifest.version());
        if (version == null
                || manifest.digest() == DigestsOfVersion.UNKNOWN
                || manifest.shard() >= shards
                || !version.knows(manifest.shard())) {
            return;
        }
        long accepted = version.of(manifest.shard());
        all.shard(
                manifest.version(),
                manifest.shard(),
                accepted,
                manifest.digest(),
                "the manifest of version " + manifest.version() + " in shard " + manifest.shard()
                        + " has digest " + hex(manifest.digest())
                        + ", and the journal accepted " + hex(accepted));
    }

    /** The whole version's digest, where the journal does not say one: a rollback's, say. */
    private OptionalLong ofManifests(
            long number,
            DigestsOfVersion version,
            Map<Integer, Map<Long, ShardManifest>> manifests) {
        DigestsOfVersion joined = new DigestsOfVersion(shards);
        for (int shard = 0; shard < shards; shard++) {
            ShardManifest manifest = manifests.getOrDefault(shard, Map.of()).get(number);
            if (version.knows(shard)) {
                joined.set(shard, version.of(shard));
            } else if (manifest != null) {
                joined.set(shard, manifest.digest());
            }
        }
        return joined.whole();
    }

    private static String sentence(Differing one) {
        return "worker " + one.held().workerId() + " (generation " + one.held().generation()
                + ") held version " + one.version() + " with digest "
                + hex(one.held().digest())
                + ", the shards with " + hex(one.expected());
    }

    private static String healing(Held held, Tally all) {
        boolean agrees = all.lastThatAgreed.getOrDefault(held.workerId(), -1L) > held.generation();
        return agrees
                ? "; its generation was ended, and it read the state again and agrees since"
                : "; its generation was ended, and it has not been compared since";
    }

    private static String hex(long digest) {
        return Long.toHexString(digest);
    }
}
