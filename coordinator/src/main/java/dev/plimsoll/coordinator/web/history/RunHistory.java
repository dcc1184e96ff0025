package dev.plimsoll.coordinator.web.history;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.telling.Happening;
import dev.plimsoll.wire.telling.Telling;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * The course of a run, for people: a fold of its journal that keeps the latest of each kind.
 * {@link #apply} is for one thread; what it gives may be read by others.
 */
public final class RunHistory {

    static final int MOST_HAPPENINGS = 1_000;
    static final int MOST_OPENINGS = 200;
    static final int MOST_MICRO_BATCHES = 500;
    static final int MOST_STEPS = 200;
    static final int MOST_EVALUATIONS = 2_000;
    static final int MOST_ROLLBACKS = 500;

    /** Of what is under way; the journal of an honest planner has fewer. */
    private static final int MOST_OPEN = 10_000;

    private final Latest<Happening> happenings = new Latest<>(MOST_HAPPENINGS);
    private final Latest<Happening> openings = new Latest<>(MOST_OPENINGS);
    private final Latest<MicroBatch> microBatches = new Latest<>(MOST_MICRO_BATCHES);
    private final Latest<StepTimes> steps = new Latest<>(MOST_STEPS);
    private final Latest<Evaluation> evaluations = new Latest<>(MOST_EVALUATIONS);
    private final Latest<Rollback> rollbacks = new Latest<>(MOST_ROLLBACKS);
    private final Map<Long, MicroBatch> underWay = bounded();
    private final Map<Long, StepTimes> open = bounded();
    /** The steps of attempts that may yet be in a contribution. */
    private final Map<Long, Long> attempts = bounded();

    private final AtomicLong stateMillis = new AtomicLong(-1);
    private final AtomicLong checkpointMillis = new AtomicLong(-1);
    private long told;
    private long lastStep = -1;
    private final AtomicLong admitted = new AtomicLong();
    private final AtomicLong rejected = new AtomicLong();

    private static <V> Map<Long, V> bounded() {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, V> eldest) {
                return size() > MOST_OPEN;
            }
        };
    }

    /** Rare ones; steps that open are in {@link #openings}. */
    public Latest<Happening> happenings() {
        return happenings;
    }

    public Latest<Happening> openings() {
        return openings;
    }

    public Latest<MicroBatch> microBatches() {
        return microBatches;
    }

    public Latest<StepTimes> steps() {
        return steps;
    }

    public Latest<Evaluation> evaluations() {
        return evaluations;
    }

    public Latest<Rollback> rollbacks() {
        return rollbacks;
    }

    /** Sequences that the planner took, those for evaluation among them. */
    public long admitted() {
        return admitted.get();
    }

    /** Of them, those that the planner rejected. */
    public long rejected() {
        return rejected.get();
    }

    /** When a shard last saved its state; -1 for never. */
    public long stateMillis() {
        return stateMillis.get();
    }

    /** When the last named checkpoint was taken; -1 for never. */
    public long checkpointMillis() {
        return checkpointMillis.get();
    }

    /** @param atMillis when it was written, by the clock of the planner's machine */
    public void apply(JournalRecord fact, long atMillis) {
        tell(fact, atMillis);
        switch (fact) {
            case JournalRecord.SampleAdmitted _ -> admitted.incrementAndGet();
            case JournalRecord.SampleRejected _ -> rejected.incrementAndGet();
            case JournalRecord.StateSaveAccepted _ -> stateMillis.set(atMillis);
            case JournalRecord.CheckpointTaken _ -> checkpointMillis.set(atMillis);
            case JournalRecord.StepOpened opened ->
                open.put(opened.step(), StepTimes.opened(opened.step(), atMillis));
            case JournalRecord.MicroBatchDispatched dispatched -> dispatch(dispatched, atMillis);
            case JournalRecord.MicroBatchAccepted accepted -> {
                end(accepted.attempt(), atMillis, "trained");
                open.computeIfPresent(
                        accepted.attempt().step(), (_, step) -> step.trainedAt(atMillis));
            }
            case JournalRecord.Evaluated evaluated ->
                end(evaluated.attempt(), atMillis, "evaluated");
            case JournalRecord.MicroBatchReturned returned ->
                end(returned.attempt(), atMillis, returned.reason().name());
            case JournalRecord.WorkerLost lost ->
                lose(is -> is.worker().equals(lost.workerId()), atMillis, "lost with its worker");
            case JournalRecord.ContributionAccepted accepted ->
                accepted.contribution().attempts().stream()
                        .findFirst()
                        .flatMap(this::stepOf)
                        .ifPresent(step -> open.computeIfPresent(
                                step, (_, times) -> times.contributedAt(atMillis)));
            case JournalRecord.StepSumming summing ->
                open.computeIfPresent(
                        summing.step(),
                        (_, step) -> step.contributed() < 0 ? step.contributedAt(atMillis) : step);
            case JournalRecord.ShardSumAccepted sum ->
                open.computeIfPresent(sum.step(), (_, step) -> step.summedAt(atMillis));
            case JournalRecord.StepCommitted committed -> {
                lastStep = committed.step();
                end(committed.step(), atMillis, StepTimes.COMMITTED);
            }
            case JournalRecord.StepDropped dropped -> end(dropped.step(), atMillis, "dropped");
            case JournalRecord.StepAbandoned abandoned ->
                end(abandoned.step(), atMillis, "abandoned");
            case JournalRecord.StepsUndone undone ->
                List.copyOf(open.keySet()).stream()
                        .filter(step -> step > undone.step())
                        .forEach(step -> end(step, atMillis, "undone"));
            case JournalRecord.EvaluationClosed closed ->
                evaluations.add(new Evaluation(
                        lastStep,
                        closed.version(),
                        closed.loss(),
                        closed.perplexity(),
                        closed.samples(),
                        closed.best(),
                        atMillis));
            case JournalRecord.RolledBack back ->
                rollbacks.add(new Rollback(
                        back.name(), back.ofVersion(), back.version(), lastStep, atMillis));
            case JournalRecord.RunCreated _,
                    JournalRecord.InputsRead _,
                    JournalRecord.SourceChanged _,
                    JournalRecord.InputLost _,
                    JournalRecord.WorkerAdmitted _,
                    JournalRecord.WorkerReady _,
                    JournalRecord.WorkerDraining _,
                    JournalRecord.LoadLineChanged _,
                    JournalRecord.MemoryLineChanged _,
                    JournalRecord.MemoryCapped _,
                    JournalRecord.MicroBatchWeighed _,
                    JournalRecord.ContributionAsked _,
                    JournalRecord.ContributionVoided _,
                    JournalRecord.ClipFixed _,
                    JournalRecord.ShardApplyAccepted _,
                    JournalRecord.StateAsked _,
                    JournalRecord.ShardDigestAccepted _,
                    JournalRecord.WorkerDigestAccepted _,
                    JournalRecord.EvaluationOpened _,
                    JournalRecord.EvaluationDropped _,
                    JournalRecord.PauseChanged _,
                    JournalRecord.CheckpointAsked _,
                    JournalRecord.RollbackAsked _,
                    JournalRecord.RequestRefused _,
                    JournalRecord.CheckpointBegun _,
                    JournalRecord.CheckpointSaveAccepted _,
                    JournalRecord.CheckpointExpired _,
                    JournalRecord.RollbackBegun _,
                    JournalRecord.CheckpointRestoreAccepted _,
                    JournalRecord.EpochStarted _,
                    JournalRecord.FinishAsked _,
                    JournalRecord.RunFinished _,
                    JournalRecord.SnapshotTaken _ -> {}
        }
    }

    private void tell(JournalRecord fact, long atMillis) {
        Telling.of(fact).ifPresent(say -> {
            Happening.Told whole = say;
            if (fact instanceof JournalRecord.MicroBatchReturned returned) {
                MicroBatch of = underWay.get(returned.attempt().attempt());
                if (of != null) {
                    whole = new Happening.Told(
                            say.kind(), say.step(), of.worker(), say.request(), say.text());
                }
            }
            Latest<Happening> where =
                    fact instanceof JournalRecord.StepOpened ? openings : happenings;
            where.add(whole.at(told++, atMillis));
        });
    }

    private void dispatch(JournalRecord.MicroBatchDispatched dispatched, long atMillis) {
        Attempt attempt = dispatched.attempt();
        underWay.put(
                attempt.attempt(),
                new MicroBatch(
                        attempt.attempt(),
                        attempt.step(),
                        dispatched.workerId(),
                        dispatched.ordinals().size(),
                        dispatched.plan(),
                        atMillis,
                        0,
                        "under way"));
        attempts.put(attempt.attempt(), attempt.step());
        open.computeIfPresent(attempt.step(), (_, step) -> step.dispatchedAt(atMillis));
    }

    private Optional<Long> stepOf(long attempt) {
        return Optional.ofNullable(attempts.get(attempt));
    }

    private void end(Attempt attempt, long atMillis, String outcome) {
        MicroBatch is = underWay.remove(attempt.attempt());
        if (is != null) {
            microBatches.add(ended(is, atMillis, outcome));
        }
    }

    private static MicroBatch ended(MicroBatch is, long atMillis, String outcome) {
        return new MicroBatch(
                is.attempt(),
                is.step(),
                is.worker(),
                is.sequences(),
                is.plan(),
                is.dispatchedMillis(),
                atMillis,
                outcome);
    }

    private void lose(Predicate<MicroBatch> which, long atMillis, String outcome) {
        for (Iterator<MicroBatch> all = underWay.values().iterator(); all.hasNext(); ) {
            MicroBatch is = all.next();
            if (which.test(is)) {
                all.remove();
                microBatches.add(ended(is, atMillis, outcome));
            }
        }
    }

    private void end(long step, long atMillis, String outcome) {
        StepTimes times = open.remove(step);
        if (times != null) {
            steps.add(times.endedAt(atMillis, outcome));
        }
        lose(is -> is.step() == step, atMillis, "lost with its step");
        attempts.values().removeIf(of -> of == step);
    }
}
