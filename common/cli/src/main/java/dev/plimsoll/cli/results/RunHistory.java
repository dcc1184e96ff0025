package dev.plimsoll.cli.results;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.run.RunStart;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Learns from the journal what led to each version: updates, steps and samples, without what
 * rollbacks undid.
 */
final class RunHistory {

    /** What a checkpoint of that name is. */
    private record Checkpoint(long version, long stepsDone, int epoch) {}

    /**
     * @param trained the members of the step that made the version, without those that were
     *     rejected before it was committed; none where no step did
     */
    private record Made(long updates, long stepsDone, int epoch, List<Long> trained) {}

    /**
     * Where the training is at a version.
     *
     * @param trained the ids of the samples that were trained in the epoch, in the order of the
     *     steps
     */
    record Place(long version, long updates, long stepsDone, int epoch, List<String> trained) {}

    private final Map<Long, String> sampleIds = new HashMap<>();
    private final Set<Long> rejected = new HashSet<>();
    private final Map<Long, List<Long>> opened = new HashMap<>();
    private final TreeMap<Long, Made> made = new TreeMap<>();
    private final Map<String, Checkpoint> begun = new HashMap<>();
    private final TreeMap<String, Checkpoint> taken = new TreeMap<>();
    private long updates;
    private long stepsDone;
    private int epoch;

    void take(JournalRecord fact) {
        switch (fact) {
            case JournalRecord.RunCreated created -> begin(created.run().start());
            case JournalRecord.SampleAdmitted admitted ->
                sampleIds.put(admitted.sequence().ordinal(), admitted.sampleId());
            case JournalRecord.SampleRejected sample -> rejected.add(sample.ordinal());
            case JournalRecord.StepOpened step -> opened.put(step.step(), step.ordinals());
            case JournalRecord.StepCommitted step -> {
                updates = step.update() > 0 ? step.update() : updates + 1;
                stepsDone++;
                List<Long> trained = opened.remove(step.step()).stream()
                        .filter(ordinal -> !rejected.contains(ordinal))
                        .toList();
                made.put(step.version(), new Made(updates, stepsDone, epoch, trained));
            }
            case JournalRecord.StepDropped dropped -> stepsDone++;
            case JournalRecord.EpochStarted started -> epoch = started.epoch();
            case JournalRecord.CheckpointBegun is -> {
                taken.remove(is.name());
                begun.put(
                        is.name(),
                        new Checkpoint(
                                is.version(), is.stepsDone(), is.position().epoch()));
            }
            case JournalRecord.CheckpointTaken is -> taken.put(is.name(), begun.get(is.name()));
            case JournalRecord.RolledBack back -> rollBack(back);
            // no other fact makes a version, names one or tells of a sample
            case JournalRecord.InputsRead _,
                    JournalRecord.SourceChanged _,
                    JournalRecord.InputLost _,
                    JournalRecord.WorkerAdmitted _,
                    JournalRecord.WorkerReady _,
                    JournalRecord.WorkerDraining _,
                    JournalRecord.WorkerLost _,
                    JournalRecord.LoadLineChanged _,
                    JournalRecord.MemoryLineChanged _,
                    JournalRecord.MemoryCapped _,
                    JournalRecord.MicroBatchWeighed _,
                    JournalRecord.MicroBatchDispatched _,
                    JournalRecord.MicroBatchAccepted _,
                    JournalRecord.MicroBatchReturned _,
                    JournalRecord.ContributionAsked _,
                    JournalRecord.ContributionAccepted _,
                    JournalRecord.ContributionVoided _,
                    JournalRecord.StepSumming _,
                    JournalRecord.ShardSumAccepted _,
                    JournalRecord.ClipFixed _,
                    JournalRecord.ShardApplyAccepted _,
                    JournalRecord.StepsUndone _,
                    JournalRecord.StateAsked _,
                    JournalRecord.StateSaveAccepted _,
                    JournalRecord.ShardDigestAccepted _,
                    JournalRecord.WorkerDigestAccepted _,
                    JournalRecord.EvaluationOpened _,
                    JournalRecord.Evaluated _,
                    JournalRecord.EvaluationClosed _,
                    JournalRecord.EvaluationDropped _,
                    JournalRecord.PauseChanged _,
                    JournalRecord.CheckpointAsked _,
                    JournalRecord.RollbackAsked _,
                    JournalRecord.RequestRefused _,
                    JournalRecord.CheckpointSaveAccepted _,
                    JournalRecord.CheckpointExpired _,
                    JournalRecord.StepAbandoned _,
                    JournalRecord.RollbackBegun _,
                    JournalRecord.CheckpointRestoreAccepted _,
                    JournalRecord.FinishAsked _,
                    JournalRecord.RunFinished _,
                    JournalRecord.SnapshotTaken _ -> {}
        }
    }

    private void begin(RunStart start) {
        updates = start.updates();
        stepsDone = start.stepsDone();
        made.put(0L, new Made(updates, stepsDone, 0, List.of()));
    }

    private void rollBack(JournalRecord.RolledBack back) {
        Checkpoint checkpoint = begun.get(back.name());
        made.tailMap(back.ofVersion(), false).clear();
        taken.values().removeIf(other -> other.version() > back.ofVersion());
        updates = made.get(back.ofVersion()).updates();
        stepsDone = checkpoint.stepsDone();
        epoch = checkpoint.epoch();
        made.put(back.version(), new Made(updates, stepsDone, epoch, List.of()));
    }

    /** The names of those whose tensors are there, by name. */
    Set<String> checkpoints() {
        return taken.keySet();
    }

    Optional<Place> atCheckpoint(String name) {
        return Optional.ofNullable(taken.get(name)).map(is -> {
            long led = made.get(is.version()).updates();
            return new Place(
                    is.version(),
                    led,
                    is.stepsDone(),
                    is.epoch(),
                    trained(is.version(), is.epoch()));
        });
    }

    /** Empty where the journal does not know the version yet. */
    Optional<Place> at(long version) {
        return Optional.ofNullable(made.get(version))
                .map(is -> new Place(
                        version,
                        is.updates(),
                        is.stepsDone(),
                        is.epoch(),
                        trained(version, is.epoch())));
    }

    private List<String> trained(long version, int inEpoch) {
        List<String> ids = new ArrayList<>();
        SortedMap<Long, Made> until = made.headMap(version, true);
        for (Made step : until.values()) {
            if (step.epoch() == inEpoch) {
                step.trained().stream().map(sampleIds::get).forEach(ids::add);
            }
        }
        return ids;
    }
}
