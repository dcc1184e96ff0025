package dev.plimsoll.cli.report;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.card.RunStory;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.protocol.WorkerCard;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.telling.Happening;
import dev.plimsoll.wire.telling.Telling;

import org.apache.kafka.common.errors.TopicAuthorizationException;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a report tells of a run: a fold of its topics, without anything that samples say. */
final class RunFacts {

    static final int MOST_HAPPENINGS = 2_000;

    private final RunSettings run;
    private final RunStory story = new RunStory();
    private final TreeMap<Long, StepRecord> steps = new TreeMap<>();
    private final List<JournalRecord.EvaluationClosed> evaluations = new ArrayList<>();
    private final Deque<Happening> happenings = new ArrayDeque<>();
    private final SortedMap<String, WorkerFacts> workers = new TreeMap<>();
    private final Map<Long, String> underWay = new HashMap<>();
    private final Map<RejectionReason, Long> rejected = new EnumMap<>(RejectionReason.class);
    private boolean rejectedAreKnown = true;
    private long told;
    private long version;
    private long firstMillis = -1;
    private long lastMillis = -1;
    private boolean paused;
    private String finished;

    RunFacts(RunSettings run) {
        this.run = run;
    }

    /** Reads the topics as they are now. */
    static RunFacts read(Clients anybodys, Topics topics, RunSettings run) {
        RunFacts facts = new RunFacts(run);
        Clients clients = anybodys.of(run, topics);
        try (JournalReader journal = new JournalReader(anybodys, topics, "plimsoll-report")) {
            journal.readAll(
                    entry -> entry.fact().ifPresent(fact -> facts.take(fact, entry.atMillis())));
        }
        TopicScan.read(clients, topics.steps(), record -> {
            if (Wire.STEPS.decode(record) instanceof Decoded.Ok<StepRecord>(StepRecord step)) {
                facts.take(step);
            }
        });
        TopicScan.read(clients, topics.telemetry(), record -> {
            if (Wire.TELEMETRY.decode(record) instanceof Decoded.Ok<Telemetry>(Telemetry is)) {
                facts.take(is, record.timestamp());
            }
        });
        try {
            TopicScan.read(clients, topics.rejected(), record -> {
                if (Wire.REJECTED.decode(record) instanceof Decoded.Ok<RejectedSample>(var is)) {
                    facts.take(is.reason());
                }
            });
        } catch (TopicAuthorizationException e) {
            facts.rejectedAreKnown = false;
        }
        return facts;
    }

    void take(JournalRecord fact, long atMillis) {
        firstMillis = firstMillis < 0 ? atMillis : firstMillis;
        lastMillis = atMillis;
        story.take(fact);
        tell(fact, atMillis);
        switch (fact) {
            case JournalRecord.WorkerAdmitted is -> {
                worker(is.workerId()).admitted(is.device());
                for (int card = 0; card < is.device().cards().size(); card++) {
                    hull(is.workerId(), card).admitted(of(is.device(), card));
                }
            }
            case JournalRecord.WorkerLost is -> worker(is.workerId()).lost();
            case JournalRecord.MemoryLineChanged is ->
                hull(is.workerId(), is.card()).line(atMillis, is.lineBytes());
            case JournalRecord.MicroBatchDispatched is ->
                underWay.put(is.attempt().attempt(), is.workerId());
            case JournalRecord.MicroBatchAccepted is ->
                of(is.attempt().attempt()).ifPresent(WorkerFacts::trained);
            case JournalRecord.Evaluated is -> of(is.attempt().attempt());
            case JournalRecord.MicroBatchReturned is ->
                of(is.attempt().attempt()).ifPresent(WorkerFacts::returned);
            case JournalRecord.EvaluationClosed is -> evaluations.add(is);
            case JournalRecord.StepCommitted is -> version = is.version();
            case JournalRecord.RolledBack is -> version = is.version();
            case JournalRecord.PauseChanged is -> paused = is.paused();
            case JournalRecord.RunFinished is -> finished = is.note();
            // the story, or the decisions, have what else there is to tell
            default -> {}
        }
    }

    private void tell(JournalRecord fact, long atMillis) {
        if (fact instanceof JournalRecord.StepOpened) {
            return;
        }
        Telling.of(fact).ifPresent(say -> {
            happenings.addLast(say.at(told++, atMillis));
            if (happenings.size() > MOST_HAPPENINGS) {
                happenings.removeFirst();
            }
        });
    }

    void take(StepRecord step) {
        steps.put(step.version(), step);
        story.take(step);
    }

    void take(Telemetry measured, long atMillis) {
        if (measured instanceof Telemetry.MicroBatchMeasured is) {
            worker(is.workerId()).measured(is.measures().tokens());
            List<MemoryMeasures> each = is.memory().each();
            for (int card = 0; card < each.size(); card++) {
                hull(is.workerId(), card).peak(atMillis, each.get(card).peakBytes());
            }
        }
    }

    /** One of several cards, as a device of its own. */
    private static WorkerDevice of(WorkerDevice device, int card) {
        WorkerCard is = device.cards().get(card);
        return new WorkerDevice(
                device.kind(),
                is.name() + ", layers " + is.firstLayer() + " to "
                        + (is.firstLayer() + is.layers() - 1),
                device.precision(),
                is.totalBytes());
    }

    /** The worker, or one of its several cards, which stand behind it. */
    private WorkerFacts hull(String workerId, int card) {
        WorkerDevice device = worker(workerId).device();
        List<String> hulls = device == null ? List.of(workerId) : device.hulls(workerId);
        return worker(hulls.get(Math.min(card, hulls.size() - 1)));
    }

    void take(RejectionReason reason) {
        rejected.merge(reason, 1L, Long::sum);
    }

    private WorkerFacts worker(String workerId) {
        return workers.computeIfAbsent(workerId, _ -> new WorkerFacts());
    }

    private Optional<WorkerFacts> of(long attempt) {
        return Optional.ofNullable(underWay.remove(attempt)).map(this::worker);
    }

    RunSettings run() {
        return run;
    }

    /** What led to the version that is committed now. */
    RunStory story() {
        return story;
    }

    /** The newest committed version. */
    long version() {
        return version;
    }

    /** Every step that was committed, those that a rollback undid among them, by version. */
    List<StepRecord> steps() {
        return List.copyOf(steps.values());
    }

    /** Every one, those of versions that a rollback undid among them. */
    List<JournalRecord.EvaluationClosed> evaluations() {
        return evaluations;
    }

    /** The latest; {@link #told} says how many there were. */
    List<Happening> happenings() {
        return List.copyOf(happenings);
    }

    long told() {
        return told;
    }

    SortedMap<String, WorkerFacts> workers() {
        return workers;
    }

    /** Empty where the topic may not be read. */
    Optional<Map<RejectionReason, Long>> rejected() {
        return rejectedAreKnown ? Optional.of(rejected) : Optional.empty();
    }

    OptionalLong firstMillis() {
        return firstMillis < 0 ? OptionalLong.empty() : OptionalLong.of(firstMillis);
    }

    /** When the last decision was written. */
    OptionalLong lastMillis() {
        return lastMillis < 0 ? OptionalLong.empty() : OptionalLong.of(lastMillis);
    }

    /** In words. */
    String state() {
        if (finished != null) {
            return "finished: " + finished;
        }
        return paused ? "paused" : "under way";
    }
}
