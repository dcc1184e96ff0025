package dev.plimsoll.chaos.measure;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Learns from the journal when each generation of a worker was admitted and trained its first
 * micro-batch, when it was lost, and when the sequences that it held were dispatched again. Pure;
 * records are handed in in the order of the journal.
 */
public final class WorkerLifetimes {

    static final long NEVER = -1;

    /** One generation of a worker. A time is {@link #NEVER} if the thing has not happened. */
    static final class Life {
        final String workerId;
        final long admittedMillis;
        long readyMillis = NEVER;
        long dispatchedMillis = NEVER;
        long acceptedMillis = NEVER;
        long lostMillis = NEVER;
        /** The number of sequences that it held when it was lost. */
        int held;

        long firstRedispatchMillis = NEVER;
        long lastRedispatchMillis = NEVER;
        private final Set<Long> waiting = new HashSet<>();

        private Life(String workerId, long admittedMillis) {
            this.workerId = workerId;
            this.admittedMillis = admittedMillis;
        }

        boolean allRedispatched() {
            return held > 0 && waiting.isEmpty();
        }
    }

    private record Held(long generation, long step, List<Long> ordinals) {}

    private final SortedMap<Long, Life> byGeneration = new TreeMap<>();
    private final Map<Long, Held> attempts = new HashMap<>();
    private final Map<Long, List<Long>> contributions = new HashMap<>();

    /** All generations, in their order. */
    List<Life> all() {
        return new ArrayList<>(byGeneration.values());
    }

    public void take(long atMillis, JournalRecord fact) {
        switch (fact) {
            case JournalRecord.WorkerAdmitted is ->
                byGeneration.put(is.generation(), new Life(is.workerId(), atMillis));
            case JournalRecord.WorkerReady is -> life(is.generation()).readyMillis = atMillis;
            case JournalRecord.WorkerLost is -> lost(atMillis, is.generation());
            case JournalRecord.MicroBatchDispatched is -> dispatched(atMillis, is);
            case JournalRecord.MicroBatchAccepted is ->
                accepted(atMillis, is.attempt().attempt());
            case JournalRecord.MicroBatchReturned is ->
                attempts.remove(is.attempt().attempt());
            case JournalRecord.ContributionAsked is ->
                contributions.put(is.contribution(), is.attempts());
            case JournalRecord.ContributionAccepted is -> safe(is.contribution().contribution());
            case JournalRecord.ContributionVoided is -> safe(is.contribution());
            case JournalRecord.StepCommitted is ->
                attempts.values().removeIf(held -> held.step() == is.step());
            case JournalRecord.StepAbandoned is ->
                attempts.values().removeIf(held -> held.step() == is.step());
            case JournalRecord.StepsUndone is ->
                attempts.values().removeIf(held -> held.step() > is.step());
            case JournalRecord.StepDropped is ->
                attempts.values().removeIf(held -> held.step() == is.step());
            case JournalRecord.EvaluationClosed _, JournalRecord.EvaluationDropped _ ->
                attempts.values().removeIf(held -> held.step() == Attempt.NO_STEP);
            case JournalRecord.RunCreated _,
                    JournalRecord.InputsRead _,
                    JournalRecord.SampleAdmitted _,
                    JournalRecord.SourceChanged _,
                    JournalRecord.InputLost _,
                    JournalRecord.WorkerDraining _,
                    JournalRecord.LoadLineChanged _,
                    JournalRecord.MemoryLineChanged _,
                    JournalRecord.MemoryCapped _,
                    JournalRecord.MicroBatchWeighed _,
                    JournalRecord.StepOpened _,
                    JournalRecord.EvaluationOpened _,
                    JournalRecord.Evaluated _,
                    JournalRecord.SampleRejected _,
                    JournalRecord.StepSumming _,
                    JournalRecord.ShardSumAccepted _,
                    JournalRecord.ClipFixed _,
                    JournalRecord.ShardApplyAccepted _,
                    JournalRecord.StateAsked _,
                    JournalRecord.StateSaveAccepted _,
                    JournalRecord.ShardDigestAccepted _,
                    JournalRecord.WorkerDigestAccepted _,
                    JournalRecord.PauseChanged _,
                    JournalRecord.CheckpointAsked _,
                    JournalRecord.RollbackAsked _,
                    JournalRecord.RequestRefused _,
                    JournalRecord.CheckpointBegun _,
                    JournalRecord.CheckpointSaveAccepted _,
                    JournalRecord.CheckpointTaken _,
                    JournalRecord.CheckpointExpired _,
                    JournalRecord.RollbackBegun _,
                    JournalRecord.CheckpointRestoreAccepted _,
                    JournalRecord.RolledBack _,
                    JournalRecord.EpochStarted _,
                    JournalRecord.FinishAsked _,
                    JournalRecord.RunFinished _,
                    JournalRecord.SnapshotTaken _ -> {}
        }
    }

    private void dispatched(long atMillis, JournalRecord.MicroBatchDispatched is) {
        Life life = life(is.generation());
        if (life.dispatchedMillis == NEVER) {
            life.dispatchedMillis = atMillis;
        }
        attempts.put(
                is.attempt().attempt(),
                new Held(is.generation(), is.attempt().step(), is.ordinals()));
        for (Life gone : byGeneration.values()) {
            if (gone.waiting.removeAll(Set.copyOf(is.ordinals()))) {
                gone.firstRedispatchMillis =
                        gone.firstRedispatchMillis == NEVER ? atMillis : gone.firstRedispatchMillis;
                gone.lastRedispatchMillis = atMillis;
            }
        }
    }

    private void accepted(long atMillis, long attempt) {
        Held held = attempts.get(attempt);
        if (held != null && life(held.generation()).acceptedMillis == NEVER) {
            life(held.generation()).acceptedMillis = atMillis;
        }
    }

    /**
     * The sequences of a contribution are not lost with their worker. Those of a voided
     * contribution do not belong to the worker any more.
     */
    private void safe(long contribution) {
        contributions.getOrDefault(contribution, List.of()).forEach(attempts::remove);
    }

    private void lost(long atMillis, long generation) {
        Life life = life(generation);
        life.lostMillis = atMillis;
        attempts.values().removeIf(held -> {
            if (held.generation() == generation) {
                life.waiting.addAll(held.ordinals());
            }
            return held.generation() == generation;
        });
        life.held = life.waiting.size();
    }

    private Life life(long generation) {
        Life life = byGeneration.get(generation);
        if (life == null) {
            throw new IllegalStateException(
                    "generation " + generation + " was never admitted in this journal");
        }
        return life;
    }
}
