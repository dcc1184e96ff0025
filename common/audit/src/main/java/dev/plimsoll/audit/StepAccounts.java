package dev.plimsoll.audit;

import dev.plimsoll.audit.table.LongNumbers;
import dev.plimsoll.audit.table.OriginNumbers;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.tensor.ShardManifest;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the planner's journal says that each version was made of, and whether the versions say the
 * same: every member of the step once, by contributions and attempts that are in no other version.
 * Also whether the lines about steps agree with it. Facts are taken in the order of the journal.
 */
final class StepAccounts {

    /** A run that goes on makes so many versions between two readings at most. */
    private static final long VERSIONS_BETWEEN_READINGS = 1_000;

    /** @param members sorted ordinals; empty where a rollback made the version */
    private record Made(long step, long[] members) {}

    private final Map<Long, Set<Long>> open = new HashMap<>();
    private final Map<Long, Long> openStepOf = new HashMap<>();
    private final TreeMap<Long, Made> made = new TreeMap<>();
    private final OriginNumbers admitted = new OriginNumbers();
    /** The hash of the sample's id, by ordinal. */
    private final LongNumbers admittedAs = new LongNumbers();

    private final Set<Long> rejected = new HashSet<>();
    /** Those that a step has taken after they were rejected. */
    private final Set<Long> takenRejected = new HashSet<>();

    private final Map<Long, StepRecord> told = new TreeMap<>();
    private final Findings findings;
    private boolean finished;

    StepAccounts(Findings findings) {
        this.findings = findings;
    }

    void take(JournalRecord fact) {
        switch (fact) {
            case JournalRecord.SampleAdmitted sample -> admitted(sample);
            case JournalRecord.StepOpened opened -> {
                open.put(opened.step(), new HashSet<>(opened.ordinals()));
                opened.ordinals().forEach(ordinal -> openStepOf.put(ordinal, opened.step()));
                opened.ordinals().stream().filter(rejected::contains).forEach(takenRejected::add);
            }
            case JournalRecord.SampleRejected is -> {
                rejected.add(is.ordinal());
                Set<Long> members = open.get(openStepOf.getOrDefault(is.ordinal(), -1L));
                if (members != null) {
                    members.remove(is.ordinal());
                }
            }
            case JournalRecord.StepCommitted committed -> committed(committed);
            case JournalRecord.RolledBack back ->
                made.put(back.version(), new Made(-1, new long[0]));
            case JournalRecord.RunFinished _ -> finished = true;
            // no other fact says what a version was made of
            default -> {}
        }
    }

    private void admitted(JournalRecord.SampleAdmitted sample) {
        long ordinal = sample.sequence().ordinal();
        long before = admitted.putIfAbsent(sample.origin(), ordinal);
        if (before != LongNumbers.NONE) {
            findings.add("the journal admits sample " + sample.sampleId() + " at "
                    + place(sample.origin()) + " twice, as ordinals " + before + " and " + ordinal);
        }
        admittedAs.put(ordinal, sample.sampleId().hashCode());
    }

    private void committed(JournalRecord.StepCommitted committed) {
        Set<Long> members = open.remove(committed.step());
        if (members == null) {
            findings.add("the journal commits step " + committed.step() + ", which was not open");
            members = Set.of();
        }
        members.forEach(openStepOf::remove);
        long[] sorted = members.stream().mapToLong(Long::longValue).sorted().toArray();
        if (made.put(committed.version(), new Made(committed.step(), sorted)) != null) {
            findings.add("the journal makes version " + committed.version() + " twice");
        }
    }

    /**
     * Whether the journal shows that a trained sample cannot have been rejected as it must be:
     * between two epochs, by the planner. Where the run goes on, the rejection may be younger than
     * the reading of the journal.
     */
    boolean contradictsRejection(SampleOrigin origin) {
        long ordinal = admitted.get(origin);
        return takenRejected.contains(ordinal)
                || finished && !made.isEmpty() && !rejected.contains(ordinal);
    }

    /** A line about a step, as people see it. */
    void told(StepRecord line) {
        StepRecord before = told.put(line.version(), line);
        if (before != null && !before.equals(line)) {
            findings.add("topic steps says two things of version " + line.version());
        }
    }

    /** A sequence as the topic has it. */
    void tokenized(SampleOrigin origin, String sampleId, long ordinal) {
        long as = admittedAs.get(ordinal);
        boolean other = as != LongNumbers.NONE
                && (as != sampleId.hashCode() || admitted.get(origin) != ordinal);
        if (other) {
            findings.add("ordinal " + ordinal + " is sample " + sampleId + " at " + place(origin)
                    + " in topic tokenized, and the journal admits another one as that");
        }
    }

    /**
     * The newest of these versions that the journal knows: those beyond were made since it was
     * read, or by nobody.
     */
    long known(long newest) {
        if (made.isEmpty()) {
            return newest;
        }
        long journaled = made.lastKey();
        boolean forged =
                finished ? newest > journaled : newest > journaled + VERSIONS_BETWEEN_READINGS;
        if (forged) {
            findings.add("topic adapter has version " + newest + ", and the journal's newest is "
                    + journaled);
        }
        return Math.min(newest, journaled);
    }

    /** @param versions those that the newest version stands on, with the manifests of shard 0 */
    void compare(List<Long> versions, Map<Long, ShardManifest> manifests) {
        if (made.isEmpty()) {
            return;
        }
        Map<Long, Long> contributions = new HashMap<>();
        Map<Long, Long> attempts = new HashMap<>();
        for (long version : versions) {
            ShardManifest manifest = manifests.get(version);
            Made by = made.get(version);
            if (manifest == null) {
                continue;
            }
            if (by == null) {
                findings.add(
                        "topic adapter has version " + version + ", and the journal never made it");
                continue;
            }
            for (ContributionManifest one : manifest.builtFrom()) {
                once("contribution", one.contribution(), version, contributions);
                for (TrainedAttempt attempt : one.attempts()) {
                    once("attempt", attempt.attempt(), version, attempts);
                }
            }
            sameMembers(version, by, manifest);
        }
        told.forEach(this::compare);
    }

    private void once(String what, long number, long version, Map<Long, Long> seen) {
        Long before = seen.put(number, version);
        if (before != null) {
            findings.add(what + " " + number + " is in version " + before + " and "
                    + (before == version ? "there again" : "in version " + version));
        }
    }

    private void sameMembers(long version, Made by, ShardManifest manifest) {
        if (by.step() >= 0 && manifest.step() != by.step()) {
            findings.add("version " + version + " says that step " + manifest.step()
                    + " made it, and the journal says step " + by.step());
        }
        long[] trained = manifest.builtFrom().stream()
                .flatMap(one -> one.attempts().stream())
                .flatMap(attempt -> attempt.ordinals().stream())
                .mapToLong(Long::longValue)
                .sorted()
                .toArray();
        if (Arrays.equals(trained, by.members())) {
            return;
        }
        findings.add("version " + version + " holds " + trained.length + " trainings, and step "
                + by.step() + " has " + by.members().length + " samples: "
                + firstDifference(trained, by.members()));
    }

    private static String firstDifference(long[] trained, long[] members) {
        for (int i = 0; i < trained.length; i++) {
            if (i > 0 && trained[i] == trained[i - 1]) {
                return "ordinal " + trained[i] + " is in it twice";
            }
            if (Arrays.binarySearch(members, trained[i]) < 0) {
                return "ordinal " + trained[i] + " is not of the step";
            }
        }
        for (long member : members) {
            if (Arrays.binarySearch(trained, member) < 0) {
                return "ordinal " + member + " is in none of its contributions";
            }
        }
        return "they differ";
    }

    private void compare(long version, StepRecord line) {
        Made by = made.get(version);
        if (by == null) {
            if (version <= made.lastKey() || finished) {
                findings.add("topic steps has a line about version " + version
                        + ", and the journal never made it");
            }
        } else if (by.step() != line.step()
                || by.members().length != line.counts().samples()) {
            findings.add("topic steps says that version " + version + " is of step "
                    + line.step() + " with " + line.counts().samples()
                    + " samples, and the journal says step " + by.step() + " with "
                    + by.members().length);
        }
    }

    private static String place(SampleOrigin origin) {
        return origin.partition() + ":" + origin.offset();
    }
}
