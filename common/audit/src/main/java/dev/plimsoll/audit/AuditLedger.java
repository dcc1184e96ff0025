package dev.plimsoll.audit;

import dev.plimsoll.audit.table.LongNumbers;
import dev.plimsoll.audit.table.OriginMap;
import dev.plimsoll.audit.table.OriginNumbers;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.tensor.ShardManifest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Joins what was submitted, what was tokenized, what was rejected, what contributions say they hold
 * and what the adapter's versions were built from (protocol rule 16). Of what the planner decided
 * it is told only where a finished run ended ({@link RunEnd}) and which digests it accepted
 * ({@link DigestLedger}). Only those versions count that the newest version stands on: a rollback
 * undoes the versions since its checkpoint, and what they trained must be trained again. Steps take
 * the ordinals of each source in order. Therefore a sample is lost if it was left out while later
 * ones of its source are in a version, or if the planner had it when it called the run finished.
 * The class is pure: records are handed in, in any order.
 */
public final class AuditLedger {

    private static final int SHOWN_FINDINGS = 20;

    private final SampleIdentities identities = new SampleIdentities();
    private final GoneRecords gone = new GoneRecords();
    private final OriginNumbers ordinals = new OriginNumbers();
    private final SourceLedger sources = new SourceLedger();

    private final OriginMap<String> rejected = new OriginMap<>();
    private final ShardVersions manifests = new ShardVersions();
    private final Map<Long, ContributionManifest> contributions = new HashMap<>();
    private final DigestLedger digests = new DigestLedger();
    private final EvaluationLedger evaluations = new EvaluationLedger();
    private final OriginAccounts repeatedOrigins = new OriginAccounts();
    private final Findings found = new Findings();
    private final List<String> noted = new ArrayList<>();
    private final StepAccounts steps = new StepAccounts(found);
    private long closedThrough = -1;
    private boolean closed;

    /**
     * The counts, and the findings as sentences.
     *
     * @param repeats submitted records that say again what another record says
     * @param undone trainings that rollbacks undid; they are not in the counts
     * @param versions the newest version that all shards have
     * @param digests what was compared of them
     * @param notes sentences about what went wrong and was healed
     */
    public record Verdict(
            AuditCounts counts,
            long repeats,
            long undone,
            long versions,
            DigestCounts digests,
            List<String> findings,
            List<String> notes) {
        public Verdict {
            findings = List.copyOf(findings);
            notes = List.copyOf(notes);
        }

        public boolean clean() {
            return counts.clean() && findings.isEmpty();
        }
    }

    public void submitted(SampleOrigin origin, String key, String sha256) {
        identities.submitted(origin, key, sha256);
    }

    /**
     * Tells the ledger that the topic samples has lost the records of a partition before this
     * offset.
     */
    public void gone(int partition, long beforeOffset) {
        gone.before(partition, beforeOffset);
    }

    /** A sample of the default source. */
    public void tokenized(SampleOrigin origin, String sampleId, String sha256, long ordinal) {
        tokenized(origin, sampleId, sha256, ordinal, SourceName.DEFAULT);
    }

    public void tokenized(
            SampleOrigin origin, String sampleId, String sha256, long ordinal, String source) {
        steps.tokenized(origin, sampleId, ordinal);
        sources.tokenized(ordinal, source);
        long before = ordinals.putIfAbsent(origin, ordinal);
        if (before == LongNumbers.NONE) {
            identities.tokenized(origin, sampleId, sha256);
        } else if (before != ordinal && !repeatedOrigins.isOne(origin, ordinal)) {
            repeatedOrigins.again(origin, ordinal);
        }
    }

    /** A line about a step, as people see it. */
    public void told(StepRecord line) {
        steps.told(line);
    }

    /** Something that is wrong by itself, as a sentence. */
    public void wrong(String sentence) {
        found.add(sentence);
    }

    /** Something that did no harm, as a sentence. */
    public void noted(String sentence) {
        noted.add(sentence);
    }

    public void rejected(SampleOrigin origin, String reason) {
        rejected.put(origin, reason);
    }

    /** The same, with what the sample was: who submits it again finds it rejected. */
    public void rejected(SampleOrigin origin, String reason, String sampleId, String sha256) {
        rejected(origin, reason);
        identities.rejected(origin, sampleId, sha256);
    }

    /** Tells the ledger that the run has finished and trained everything up to this ordinal. */
    public void closed(long throughOrdinal) {
        closedThrough = throughOrdinal;
        closed = true;
    }

    /** Takes the manifest that the contribution itself carried, while its topic still has it. */
    public void contribution(ContributionManifest manifest) {
        contributions.put(manifest.contribution(), manifest);
    }

    public void version(ShardManifest manifest) {
        manifests.take(manifest);
    }

    /**
     * Takes what the journal says of digests and evaluations; to be called in the journal's order.
     */
    public void decided(JournalRecord fact) {
        digests.take(fact);
        evaluations.take(fact);
        steps.take(fact);
    }

    /** The verdict on a run of one epoch. */
    public Verdict verdict(int shards) {
        return verdict(shards, 1);
    }

    /**
     * @param shards how many shards the run has
     * @param epochs how often each sample is to be trained; while a run goes on, no sample is two
     *     epochs behind another
     */
    public Verdict verdict(int shards, int epochs) {
        List<String> findings = new ArrayList<>(manifests.contradictions());
        DigestVerdict joined = digests.verdict(manifests.byShard());
        findings.addAll(joined.findings());
        findings.addAll(evaluations.findings());
        long versions = steps.known(manifests.newestOfAll(shards));
        Map<Long, ShardManifest> first = manifests.ofFirst();
        Lineage lineage = Lineage.of(first, versions, findings);
        manifests.requireAgreement(versions, contributions, findings);
        LongNumbers trained = trainedByOrdinal(first, lineage);
        steps.compare(lineage.versions(), first);
        identities.compare(found);
        if (epochs > 1) {
            requireEpochsInTurn(
                    trained.keys().boxed().collect(Collectors.toSet()), lineage, findings);
        }
        Set<SampleOrigin> repeats = identities.repeats(this::isDealtWith, rejected.origins());
        Map<Integer, Long> lastTaken = lastTaken();
        Map<String, Long> lastTrained = sources.last(trained.keys());
        long most = trained.values().max().orElse(0);
        long least = closedThrough >= 0 ? epochs : Math.max(1, most - 1);
        long once = 0;
        long waiting = 0;
        long refused = 0;
        long twice = 0;
        long missing = 0;
        long held = 0;
        long late = 0;
        for (SampleOrigin origin : (Iterable<SampleOrigin>) origins()::iterator) {
            if (repeats.contains(origin)) {
                continue;
            }
            Long ordinal = ordinals.find(origin);
            long times = ordinal == null
                    ? 0
                    : trained.count(ordinal) + repeatedOrigins.trained(origin, trained);
            boolean isRejected = rejected.containsKey(origin);
            boolean isForEvaluation = ordinal != null && evaluations.isFor(sources.of(ordinal));
            if (isForEvaluation && (times > 0 || !isRejected)) {
                held++;
                EvaluationLedger.trained(origin, sources.of(ordinal), times)
                        .ifPresent(findings::add);
            } else if (times > epochs || (times == epochs && isRejected)) {
                twice++;
                findings.add("sample at " + origin.partition() + ":" + origin.offset()
                        + " (ordinal " + ordinal + ") is in the adapter " + times + " times"
                        + (isRejected ? " and rejected too" : ""));
            } else if (times > 0 && isRejected && steps.contradictsRejection(origin)) {
                twice++;
                findings.add("sample at " + origin.partition() + ":" + origin.offset()
                        + " (ordinal " + ordinal + ") is in the adapter " + times + " times and"
                        + " rejected too, and the journal does not reject it after its last step");
            } else if (isRejected) {
                refused++;
            } else if (times >= least) {
                once++;
            } else if (ordinal == null && passedOver(origin, lastTaken)) {
                missing++;
                findings.add("sample at " + origin.partition() + ":" + origin.offset()
                        + " was passed over: neither tokenized nor rejected, and later ones are");
            } else if (ordinal != null && ordinal <= lastOf(ordinal, lastTrained)) {
                missing++;
                findings.add("sample at " + origin.partition() + ":" + origin.offset()
                        + " (ordinal " + ordinal
                        + ") is in "
                        + (times == 0 ? "no version" : times + " of " + least + " epochs")
                        + ", and should be: the run is through with all of source "
                        + sources.of(ordinal) + " up to " + lastOf(ordinal, lastTrained));
            } else if (closed) {
                // a Finish passes when all that was submitted before it is admitted or rejected
                late++;
            } else {
                waiting++;
            }
        }
        missing += gone.unread(this::isDealtWith, findings);
        repeatedOrigins.unknown(trained.keys(), ordinals, found);
        findings.addAll(found.all());
        List<String> notes = new ArrayList<>(noted);
        notes.addAll(joined.notes());
        if (repeatedOrigins.idle(trained) > 0) {
            notes.add(repeatedOrigins.idle(trained)
                    + " sequences are in topic tokenized once more, and were not trained");
        }
        long all = once + refused + waiting + twice + missing + held + late;
        return new Verdict(
                new AuditCounts(all, once, refused, waiting, twice, missing, held, late),
                repeats.size(),
                undone(first, lineage, versions),
                versions,
                joined.counts(),
                shown(findings),
                shown(notes));
    }

    private boolean isDealtWith(SampleOrigin origin) {
        return ordinals.containsKey(origin) || rejected.containsKey(origin);
    }

    /** Up to which ordinal the run is through with the source of this one. */
    private long lastOf(long ordinal, Map<String, Long> lastTrained) {
        return Math.max(closedThrough, lastTrained.getOrDefault(sources.of(ordinal), -1L));
    }

    /**
     * The samples that went into each version that the newest version stands on, in the order of
     * submission.
     */
    public SortedMap<Long, List<SampleOrigin>> membersByVersion() {
        Map<Long, SampleOrigin> origins = new HashMap<>();
        ordinals.forEach((origin, ordinal) -> origins.put(ordinal, origin));
        Map<Long, ShardManifest> first = manifests.ofFirst();
        long newest = first.keySet().stream().mapToLong(Long::longValue).max().orElse(0);
        Set<Long> kept =
                new HashSet<>(Lineage.of(first, newest, new ArrayList<>()).versions());
        SortedMap<Long, List<SampleOrigin>> members = new TreeMap<>();
        first.values().stream()
                .filter(manifest -> kept.contains(manifest.version()))
                .forEach(manifest -> members.put(
                        manifest.version(),
                        ordinals(manifest).stream().sorted().map(origins::get).toList()));
        return members;
    }

    private static List<String> shown(List<String> findings) {
        if (findings.size() <= SHOWN_FINDINGS) {
            return findings;
        }
        List<String> some = new ArrayList<>(findings.subList(0, SHOWN_FINDINGS));
        some.add("… and " + (findings.size() - SHOWN_FINDINGS) + " more");
        return some;
    }

    /** All that were submitted, or that are known from what was made of them. */
    private Stream<SampleOrigin> origins() {
        return Stream.of(
                        identities.submitted(),
                        ordinals.origins().filter(origin -> !identities.isSubmitted(origin)),
                        rejected.origins()
                                .filter(origin -> !identities.isSubmitted(origin)
                                        && !ordinals.containsKey(origin)))
                .flatMap(origins -> origins);
    }

    /** How often each ordinal was trained in the versions that the newest version stands on. */
    private static LongNumbers trainedByOrdinal(
            Map<Long, ShardManifest> manifests, Lineage lineage) {
        LongNumbers times = new LongNumbers();
        for (long version : lineage.versions()) {
            ShardManifest manifest = manifests.get(version);
            if (manifest != null) {
                ordinals(manifest).forEach(times::countOne);
            }
        }
        return times;
    }

    /** Trainings that no version of the lineage holds. */
    private static long undone(Map<Long, ShardManifest> manifests, Lineage lineage, long upTo) {
        Set<Long> kept = new HashSet<>(lineage.versions());
        return manifests.values().stream()
                .filter(manifest ->
                        manifest.version() <= upTo && !kept.contains(manifest.version()))
                .mapToLong(manifest -> ordinals(manifest).size())
                .sum();
    }

    /** Samples that were rejected between two epochs are not looked at. */
    private void requireEpochsInTurn(Set<Long> trained, Lineage lineage, List<String> findings) {
        Set<Long> throughout = new HashSet<>(trained);
        rejected.origins().forEach(origin -> throughout.remove(ordinals.find(origin)));
        EpochOrder order = new EpochOrder(throughout);
        Map<Long, ShardManifest> first = manifests.ofFirst();
        for (long version : lineage.versions()) {
            ShardManifest manifest = first.get(version);
            List<Long> early = manifest == null ? List.of() : order.early(ordinals(manifest));
            if (!early.isEmpty()) {
                findings.add("version " + version + " trains ordinals " + early
                        + " again before the epoch is through with all others");
            }
        }
    }

    private static List<Long> ordinals(ShardManifest manifest) {
        return manifest.builtFrom().stream()
                .flatMap(contribution -> contribution.attempts().stream())
                .flatMap(attempt -> attempt.ordinals().stream())
                .toList();
    }

    /**
     * Ingest reads a partition in order. An offset without an outcome before one with an outcome is
     * therefore a loss.
     */
    private static boolean passedOver(SampleOrigin origin, Map<Integer, Long> lastTaken) {
        return origin.offset() < lastTaken.getOrDefault(origin.partition(), -1L);
    }

    private Map<Integer, Long> lastTaken() {
        Map<Integer, Long> last = new HashMap<>();
        Stream.of(ordinals.origins(), rejected.origins())
                .flatMap(origins -> origins)
                .forEach(o -> last.merge(o.partition(), o.offset(), Math::max));
        return last;
    }
}
