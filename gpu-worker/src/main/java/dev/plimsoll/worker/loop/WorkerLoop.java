package dev.plimsoll.worker.loop;

import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.RefusalReason;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SequenceRef;

import java.util.ArrayList;
import java.util.List;

/**
 * A worker's side of the protocol (protocol rules 6 to 8): joins, trains what its lane says in the
 * lane's order, contributes, and starts anew when it is admitted under a new generation. Pure: no
 * clock, no I/O, no threads; every input yields the actions that the process is to take.
 *
 * <p>A micro-batch enters the sum whole or not at all; the ledger of what is in it changes only
 * with the engine's answer; a new generation zeroes both.
 */
public final class WorkerLoop {

    private enum Phase {
        JOINING,
        ENTERING,
        WORKING,
        DRAINING,
        STOPPED
    }

    private final WorkerIdentity identity;
    private final SumLedger sum = new SumLedger();
    private final WorkQueue queue = new WorkQueue();
    private final MemoryNews memory = new MemoryNews();

    private Phase phase = Phase.JOINING;
    private Command.Admitted admission;
    private boolean laneRead;
    private long loadedVersion = -1;
    private long wantedVersion = -1;
    private Busy busy;
    private String drainNote = "";

    /** What the engine is doing, and for which generation it was begun. */
    private sealed interface Busy {
        record Training(Command.TrainMicroBatch command) implements Busy {}

        record Publishing(Report.Contributed report) implements Busy {}
    }

    public WorkerLoop(WorkerIdentity identity) {
        this.identity = identity;
    }

    /** The generation under which this worker works now; 0 before it is admitted. */
    long generation() {
        return admission == null ? 0 : admission.generation();
    }

    /** The attempt in the engine now; 0 when there is none. */
    long attemptUnderWay() {
        return busy instanceof Busy.Training(Command.TrainMicroBatch command)
                ? command.attempt().attempt()
                : 0;
    }

    public List<Action> on(Input input) {
        List<Action> actions = new ArrayList<>();
        if (phase == Phase.STOPPED) {
            return actions;
        }
        switch (input) {
            case Input.CommandRead(Command command) -> onCommand(command, actions);
            case Input.LaneRead(int lane) ->
                laneRead |= admission != null && lane == admission.lane();
            case Input.AdapterLoaded(long version) -> loadedVersion = version;
            case Input.SequencesRead(Attempt attempt, List<PackedSequence> sequences) ->
                queue.sequencesRead(attempt, sequences);
            case Input.SequencesUnreadable(Attempt attempt, String problem) ->
                queue.sequencesUnreadable(attempt, problem);
            case Input.MicroBatchDone(Attempt attempt, MicroBatchResult result) ->
                onDone(attempt, result, actions);
            case Input.SumPublished published -> onPublished(published, actions);
            case Input.MemoryMeasured(MemoryMeasures now) -> onMemory(now, actions);
            case Input.Tick(int layersDone) -> onTick(layersDone, actions);
            case Input.StopAsked(String note) -> onStopAsked(note, actions);
        }
        enterWhenLoaded(actions);
        startNext(actions);
        leaveWhenDrained(actions);
        return actions;
    }

    private void onCommand(Command command, List<Action> actions) {
        switch (command) {
            case Command.Admitted admitted -> onAdmitted(admitted, actions);
            case Command.Refused refused -> {
                if (identity.is(refused.workerId(), refused.incarnation())) {
                    phase = Phase.STOPPED;
                    actions.add(new Action.Stop(
                            refused.reason() != RefusalReason.RUN_FINISHED, refused.note()));
                }
            }
            case Command.VersionCommitted committed -> want(committed.version(), actions);
            case Command.FinishRun finished -> {
                if (phase != Phase.JOINING) {
                    actions.add(reports().left("the run is over"));
                }
                phase = Phase.STOPPED;
                actions.add(new Action.Stop(false, finished.note()));
            }
            case Command.OfShards ignored -> {}
            case Command.FixClip ignored -> {}
            case Command.TrainMicroBatch train -> onTrain(train, actions);
            case Command.Recall recall -> onRecall(recall, actions);
            case Command.Contribute contribute -> {
                if (isMine(contribute.workerId(), contribute.generation())) {
                    queue.add(contribute);
                }
            }
        }
    }

    private void onAdmitted(Command.Admitted admitted, List<Action> actions) {
        boolean known = admission != null && admitted.generation() <= admission.generation();
        if (known || !identity.is(admitted.workerId(), admitted.incarnation())) {
            return;
        }
        forget(actions);
        admission = admitted;
        if (phase == Phase.DRAINING) {
            stop(
                    "its former generation was over",
                    actions); // and with it everything that it could have contributed
            return;
        }
        phase = Phase.ENTERING;
        laneRead = false;
        actions.add(new Action.ReadLane(admitted.lane()));
        want(admitted.version(), actions);
    }

    private void onTrain(Command.TrainMicroBatch train, List<Action> actions) {
        if (!isMine(train.workerId(), train.generation()) || queue.knows(train.attempt())) {
            return;
        }
        if (phase == Phase.DRAINING) {
            handBack(train, "not begun: it is leaving", actions);
            return;
        }
        queue.add(train);
        actions.add(new Action.ReadSequences(train.attempt(), train.sequences()));
        want(train.version(), actions);
    }

    /**
     * What has begun is reported when it ends; a repeated command of what was handed back is void.
     */
    private void onRecall(Command.Recall recall, List<Action> actions) {
        if (!isMine(recall.workerId(), recall.generation())) {
            return;
        }
        queue.microBatch(recall.attempt())
                .ifPresent(train -> handBack(train, "not begun", actions));
    }

    private void handBack(Command.TrainMicroBatch train, String note, List<Action> actions) {
        queue.handBack(train);
        actions.add(reports().notBegun(train.attempt(), FailureReason.RECALLED, note));
    }

    /**
     * What waits was composed for the same memory; the planner composes it anew for what there is
     * now.
     */
    private void handBackAll(String note, List<Action> actions) {
        for (Command.TrainMicroBatch train : queue.microBatches()) {
            handBack(train, "not begun: " + note, actions);
        }
    }

    /** Versions only grow; the newest wanted is loaded, and older ones are of no use to anyone. */
    private void want(long version, List<Action> actions) {
        if (version > wantedVersion && admission != null) {
            wantedVersion = version;
            actions.add(new Action.LoadAdapter(version));
        }
    }

    /**
     * Not while the engine is still busy for a former generation: if it hangs there, no work must
     * follow.
     */
    private void enterWhenLoaded(List<Action> actions) {
        if (phase == Phase.ENTERING
                && laneRead
                && busy == null
                && loadedVersion >= admission.version()) {
            phase = Phase.WORKING;
            memory.beginAnew();
            tellMemory(actions);
            actions.add(reports().ready(loadedVersion));
        }
    }

    private void startNext(List<Action> actions) {
        while ((phase == Phase.WORKING || phase == Phase.DRAINING)
                && busy == null
                && !queue.isEmpty()) {
            boolean progressed = switch (queue.first()) {
                case Command.TrainMicroBatch train -> startTraining(train, actions);
                case Command.Contribute contribute -> startPublishing(contribute, actions);
            };
            if (!progressed) {
                return;
            }
        }
    }

    private boolean startTraining(Command.TrainMicroBatch train, List<Action> actions) {
        WorkQueue.Fetched sequences = queue.fetched(train);
        if (sequences.problem() != null) {
            queue.removeFirst();
            actions.add(reports()
                    .notBegun(
                            train.attempt(),
                            FailureReason.UNREADABLE_SEQUENCE,
                            sequences.problem()));
            return true;
        }
        if (sequences.sequences() == null || loadedVersion < train.version()) {
            return false;
        }
        queue.removeFirst();
        if (loadedVersion > train.version()) {
            return true; // its step is over: nobody waits for it
        }
        if (sum.belongsToAnother(train.attempt().step())) {
            zero(actions);
        }
        busy = new Busy.Training(train);
        actions.add(new Action.Train(
                train.attempt(), train.generation(), sequences.sequences(), train.plan()));
        return true;
    }

    private boolean startPublishing(Command.Contribute contribute, List<Action> actions) {
        queue.removeFirst();
        ContributionManifest manifest = sum.manifest(
                contribute.contribution(), identity.workerId(), generation(), contribute.step());
        List<Long> attempts = manifest.attempts().stream()
                .map(ContributionManifest.TrainedAttempt::attempt)
                .toList();
        busy = new Busy.Publishing(new Report.Contributed(
                identity.workerId(),
                generation(),
                contribute.contribution(),
                contribute.step(),
                attempts,
                List.of()));
        actions.add(new Action.PublishSum(manifest));
        zero(actions);
        return true;
    }

    /** The sum and what is known of it. */
    private void zero(List<Action> actions) {
        sum.clear();
        actions.add(new Action.ZeroSum());
    }

    private void onDone(Attempt attempt, MicroBatchResult result, List<Action> actions) {
        if (!(busy instanceof Busy.Training(Command.TrainMicroBatch train))
                || !train.attempt().equals(attempt)) {
            throw new IllegalStateException(
                    "the engine ended " + attempt + " while the loop has " + busy);
        }
        busy = null;
        if (train.generation() != generation()) {
            // The sum was zeroed when the generation ended, before the engine was through with this
            // one.
            actions.add(new Action.ZeroSum());
            return;
        }
        switch (result) {
            case MicroBatchResult.Trained trained -> {
                sum.add(
                        attempt,
                        train.version(),
                        train.sequences().stream().map(SequenceRef::ordinal).toList());
                actions.add(reports().trained(attempt, trained));
            }
            case MicroBatchResult.Failed failed -> {
                actions.add(reports().failed(attempt, failed));
                if (failed.reason() == dev.plimsoll.engine.FailureReason.OUT_OF_MEMORY) {
                    handBackAll("the one before it ran out of memory", actions);
                }
            }
        }
    }

    private void onPublished(Input.SumPublished published, List<Action> actions) {
        if (!(busy instanceof Busy.Publishing(Report.Contributed report))
                || report.contribution() != published.contribution()) {
            throw new IllegalStateException("contribution " + published.contribution()
                    + " was published while the loop has " + busy);
        }
        busy = null;
        if (report.generation() == generation()) {
            actions.add(new Action.SendReport(new Report.Contributed(
                    report.workerId(),
                    report.generation(),
                    report.contribution(),
                    report.step(),
                    report.attempts(),
                    published.spans())));
        }
    }

    private void onMemory(MemoryMeasures now, List<Action> actions) {
        memory.measured(now);
        if (phase == Phase.WORKING) {
            tellMemory(actions);
        }
    }

    private void tellMemory(List<Action> actions) {
        memory.next().ifPresent(now -> actions.add(reports().memory(now)));
    }

    private void onTick(int layersDone, List<Action> actions) {
        actions.add(
                phase == Phase.JOINING
                        ? new Action.SendReport(identity.joined())
                        : reports().heartbeat(attemptUnderWay(), layersDone));
    }

    /**
     * What the ended generation left behind. A micro-batch still in the engine is zeroed away when
     * it ends.
     */
    private void forget(List<Action> actions) {
        queue.clear();
        sum.clear();
        if (busy == null) {
            actions.add(new Action.ZeroSum());
        }
    }

    /**
     * First politely: the micro-batch in work ends, the sum is contributed. Asked again, or with
     * nothing to lose, at once.
     */
    private void onStopAsked(String note, List<Action> actions) {
        boolean nothingToLose = phase != Phase.WORKING || busy == null && sum.isEmpty();
        if (nothingToLose) {
            stop(note, actions);
            return;
        }
        phase = Phase.DRAINING;
        drainNote = note;
        actions.add(reports().draining(note));
        handBackAll("it is leaving", actions);
    }

    private void leaveWhenDrained(List<Action> actions) {
        boolean nothingAwaited = sum.isEmpty() || sum.isOver(wantedVersion);
        if (phase == Phase.DRAINING && busy == null && queue.isEmpty() && nothingAwaited) {
            stop(drainNote, actions);
        }
    }

    private void stop(String note, List<Action> actions) {
        if (phase != Phase.JOINING) {
            actions.add(reports().left(note));
        }
        phase = Phase.STOPPED;
        actions.add(new Action.Stop(false, note));
    }

    private GenerationReports reports() {
        return new GenerationReports(identity.workerId(), generation());
    }

    private boolean isMine(String workerId, long generation) {
        return admission != null
                && phase != Phase.JOINING
                && workerId.equals(identity.workerId())
                && generation == admission.generation();
    }
}
