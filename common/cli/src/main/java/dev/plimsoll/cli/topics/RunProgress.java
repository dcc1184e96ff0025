package dev.plimsoll.cli.topics;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** What the journal says of a run: whether it trains, is paused or finished, and how far it is. */
public final class RunProgress {

    /** What is told of a run that waits for a worker. */
    public static final String NO_WORKER = "no worker is ready: it goes on when one joins";

    /** Where the training is; of an epoch, how many samples are trained. */
    private record Place(long steps, int epoch, long trained) {}

    private final Map<Long, List<Long>> opened = new HashMap<>();
    private final Set<Long> rejected = new HashSet<>();
    private final Set<String> evaluated = new HashSet<>();
    private final Set<String> readyWorkers = new HashSet<>();
    private final Map<String, Place> checkpoints = new HashMap<>();
    private Place place = new Place(0, 0, 0);
    private long admitted;
    private long lastStepMillis = -1;
    private boolean paused;
    private boolean finishing;
    private String finished;

    RunProgress() {}

    /** Reads the whole journal, as it is now. */
    public static RunProgress read(Clients clients, Topics topics) {
        RunProgress progress = new RunProgress();
        try (JournalReader journal = new JournalReader(clients, topics, "plimsoll-progress")) {
            journal.readAll(
                    entry -> entry.fact().ifPresent(fact -> progress.take(fact, entry.atMillis())));
        }
        return progress;
    }

    /**
     * Throws when the run is finished.
     *
     * @param what it cannot do any more
     */
    public void requireUnfinished(Topics topics, String what) {
        if (finished != null) {
            throw finished(topics, finished, what);
        }
    }

    static RuntimeException finished(Topics topics, String why, String what) {
        return CliFailure.input("the run under prefix '" + topics.prefix() + "' is finished ("
                + why + ") and cannot " + what + "; `plimsoll export` writes its adapter, "
                + "and a coordinator with another --prefix begins another run");
    }

    void take(JournalRecord fact, long atMillis) {
        switch (fact) {
            case JournalRecord.RunCreated created ->
                place = new Place(created.run().start().stepsDone(), 0, 0);
            case JournalRecord.SourceChanged source
            when source.evaluation() -> evaluated.add(source.name());
            case JournalRecord.SampleAdmitted sample ->
                admitted += evaluated.contains(sample.source()) ? 0 : 1;
            case JournalRecord.SampleRejected sample -> rejected.add(sample.ordinal());
            case JournalRecord.WorkerReady worker -> readyWorkers.add(worker.workerId());
            case JournalRecord.WorkerLost worker -> readyWorkers.remove(worker.workerId());
            case JournalRecord.StepOpened step -> opened.put(step.step(), step.ordinals());
            case JournalRecord.StepCommitted step -> {
                long members = opened.getOrDefault(step.step(), List.of()).stream()
                        .filter(ordinal -> !rejected.contains(ordinal))
                        .count();
                opened.remove(step.step());
                place = new Place(place.steps + 1, place.epoch, place.trained + members);
                lastStepMillis = atMillis;
            }
            case JournalRecord.StepDropped _ ->
                place = new Place(place.steps + 1, place.epoch, place.trained);
            case JournalRecord.EpochStarted epoch ->
                place = new Place(place.steps, epoch.epoch(), 0);
            case JournalRecord.CheckpointBegun begun -> checkpoints.put(begun.name(), place);
            case JournalRecord.RolledBack back ->
                place = checkpoints.getOrDefault(back.name(), place);
            case JournalRecord.PauseChanged change -> paused = change.paused();
            case JournalRecord.FinishAsked _ -> finishing = true;
            case JournalRecord.RunFinished over -> finished = over.note();
            // no other fact tells how far the run is
            default -> {}
        }
    }

    public boolean isPaused() {
        return paused;
    }

    public boolean isFinished() {
        return finished != null;
    }

    /** Whether it ends once what it has is trained. */
    public boolean isFinishing() {
        return finishing;
    }

    /** Whether samples are to be trained and there is nobody who does it. */
    public boolean waitsForAWorker() {
        return finished == null && !paused && waiting() > 0 && readyWorkers.isEmpty();
    }

    /** Why it is finished; empty while it is not. */
    public Optional<String> finished() {
        return Optional.ofNullable(finished);
    }

    /** How many steps are done, those that a rollback undid left out. */
    public long steps() {
        return place.steps;
    }

    /** When the last step was committed; empty before the first. */
    public OptionalLong lastStepMillis() {
        return lastStepMillis < 0 ? OptionalLong.empty() : OptionalLong.of(lastStepMillis);
    }

    /** How many samples were trained at least once. */
    public long trained() {
        return place.epoch > 0 ? trainable() : Math.min(place.trained, trainable());
    }

    /** How many samples are still to be trained in this epoch, those in open steps among them. */
    public long waiting() {
        return Math.max(0, trainable() - place.trained);
    }

    private long trainable() {
        return Math.max(0, admitted - rejected.size());
    }
}
