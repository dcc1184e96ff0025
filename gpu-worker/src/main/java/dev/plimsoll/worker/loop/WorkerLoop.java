package dev.plimsoll.worker.loop;

import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.RefusalReason;
import dev.plimsoll.wire.protocol.Report;

import java.util.ArrayList;
import java.util.List;

/**
 * A worker's side of the protocol (protocol rules 6 to 8): joins, reads the state, makes each
 * version for itself, trains what its lane says in the lane's order, contributes, and starts anew
 * when it is admitted under a new generation. Pure: no clock, no I/O, no threads; every input
 * yields the actions that the process is to take.
 *
 * <p>A new generation empties the sum. What the engine or the broker answers to a former one has no
 * effect.
 */
public final class WorkerLoop {

    private enum Phase {
        JOINING,
        ENTERING,
        WORKING,
        DRAINING,
        /** It has ended its generation itself and waits to be admitted again. */
        LOST,
        STOPPED
    }

    private final WorkerIdentity identity;
    private final EngineDesk engine = new EngineDesk();
    private final Publications publications = new Publications();
    private final Requests requests = new Requests();
    private final MemoryNews memory = new MemoryNews();
    private final Silence silence = new Silence();

    private Phase phase = Phase.JOINING;
    /** Null before the worker is admitted. */
    private Generation work;

    private boolean laneRead;
    /** The sum holds what a former generation left. */
    private boolean zeroDue;

    private String drainNote = "";
    /** Of the card, for this worker; 0: no cap. */
    private long capBytes;

    public WorkerLoop(WorkerIdentity identity) {
        this.identity = identity;
    }

    /** The generation under which this worker works now; 0 before it is admitted. */
    long generation() {
        return work == null ? 0 : work.number();
    }

    /** The attempt in the engine now; 0 when there is none. */
    long attemptUnderWay() {
        return engine.attemptUnderWay();
    }

    public List<Action> on(Input input) {
        List<Action> actions = new ArrayList<>();
        if (phase != Phase.STOPPED) {
            take(input, actions);
            proceed(actions);
        }
        return actions;
    }

    private void take(Input input, List<Action> actions) {
        switch (input) {
            case Input.CommandRead(Command command) -> onCommand(command, actions);
            case Input.MicroBatchDone done -> {
                EngineWork.Computing ended = engine.endComputing(done.attempt());
                if (isAwaited(ended)) {
                    work.done(ended.command(), done.result(), done.shared(), actions);
                }
            }
            case Input.SumTaken(TakenSum taken) -> {
                EngineWork.Taking ended = engine.endTaking(taken.contribution());
                if (isAwaited(ended)) {
                    work.taken(ended, taken, actions);
                }
            }
            case Input.StateLoaded(long request, long digest) -> {
                if (isAwaited(engine.endLoading(request))) {
                    work.versions().loaded(request, digest, actions);
                }
            }
            case Input.Folded(long version, long digest) -> {
                if (isAwaited(engine.endFolding(version))) {
                    work.versions().folded(version, digest, actions);
                }
            }
            case Input.SumPublished published -> onPublished(published, actions);
            case Input.MemoryMeasured(MemoryMeasures now) -> onMemory(now, actions);
            case Input.Tick(int layersDone) -> onTick(layersDone, actions);
            case Input.StopAsked(String note) -> onStopAsked(note, actions);
            case Input.WasRead read -> {
                if (hasWork()) {
                    onRead(read);
                }
            }
        }
    }

    /** What a former generation asked for is known by its number, and a micro-batch by its own. */
    private void onRead(Input.WasRead read) {
        switch (read) {
            case Input.LaneRead(int lane) -> laneRead |= lane == work.lane();
            case Input.StateRead(long request, var state) ->
                work.versions().stateRead(request, state);
            case Input.SumRead(long request, var sum) -> work.versions().sumRead(request, sum);
            case Input.SumUnreadable(long request, String problem) ->
                work.versions().sumUnreadable(request, problem);
            case Input.SequencesRead(Attempt attempt, List<PackedSequence> sequences) ->
                work.sequencesRead(attempt, sequences);
            case Input.SequencesUnreadable(Attempt attempt, String problem) ->
                work.sequencesUnreadable(attempt, problem);
        }
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
            case Command.FinishRun finished -> {
                if (phase != Phase.JOINING) {
                    actions.add(reports().left("the run is over"));
                }
                phase = Phase.STOPPED;
                actions.add(new Action.Stop(false, finished.note()));
            }
            case Command.ExpectContributions expected -> {
                if (hasWork() && phase != Phase.DRAINING) {
                    actions.add(new Action.FollowSum(expected.step()));
                }
            }
            case Command.FixClip fix -> {
                if (hasWork()) {
                    work.versions().fixed(fix);
                }
            }
            case Command.VersionCommitted committed -> {
                if (hasWork()) {
                    work.rolledBack(committed.version(), actions);
                }
            }
            case Command.Laned laned -> {
                if (hasWork() && work.is(laned.workerId(), laned.generation())) {
                    silence.ends();
                    onOrder(laned, actions);
                }
            }
            case Command.OfShards ignored -> {}
        }
    }

    private void onOrder(Command.Laned order, List<Action> actions) {
        switch (order) {
            case Command.OfMicroBatch microBatch -> work.ordered(microBatch, actions);
            case Command.Recall recall -> work.recalled(recall.attempt(), actions);
            case Command.Contribute contribute -> work.ordered(contribute);
            case Command.Drain drain -> {
                // one that repeats must not cut short what the first began
                if (phase != Phase.DRAINING) {
                    onStopAsked(drain.note(), actions);
                }
            }
            case Command.CapMemory cap -> cap(cap.capBytes(), actions);
        }
    }

    private void onAdmitted(Command.Admitted admitted, List<Action> actions) {
        if (!identity.is(admitted.workerId(), admitted.incarnation())) {
            return;
        }
        if (admitted.generation() <= generation()) {
            if (admitted.generation() == generation()) {
                silence.isAnswered();
            }
            return;
        }
        silence.ends();
        if (phase == Phase.DRAINING) {
            // and with it everything that it could have contributed
            stop(
                    new GenerationReports(identity.workerId(), admitted.generation()),
                    "its former generation was over",
                    actions);
            return;
        }
        phase = Phase.ENTERING;
        laneRead = false;
        zeroDue = true;
        cap(0, actions);
        work = new Generation(identity, admitted, engine, publications, requests, actions);
    }

    private void cap(long bytes, List<Action> actions) {
        if (bytes != capBytes) {
            capBytes = bytes;
            actions.add(new Action.CapMemory(bytes));
        }
    }

    /** What follows from where it stands, whatever it was told. */
    private void proceed(List<Action> actions) {
        if (hasWork() && !work.versions().problem().isEmpty()) {
            endGeneration(work.versions().problem(), actions);
        }
        if (zeroDue && engine.isIdle()) {
            zeroDue = false;
            actions.add(new Action.ZeroSum());
        }
        enterWhenCurrent(actions);
        if (hasWork()) {
            work.proceed(phase != Phase.ENTERING, actions);
        }
        if (phase == Phase.DRAINING && work.isThrough()) {
            stop(drainNote, actions);
        }
    }

    /**
     * Not while the engine is still busy for a former generation: if it hangs there, no work must
     * follow.
     */
    private void enterWhenCurrent(List<Action> actions) {
        if (phase == Phase.ENTERING
                && laneRead
                && engine.isIdle()
                && work.versions().isCurrent()) {
            phase = Phase.WORKING;
            memory.beginAnew();
            tellMemory(actions);
            actions.add(reports().ready(work.versions().held()));
        }
    }

    private void onPublished(Input.SumPublished published, List<Action> actions) {
        Report.Contributed report = publications.end(published.contribution(), published.spans());
        if (hasWork() && report.generation() == generation()) {
            actions.add(new Action.SendReport(report));
        }
    }

    private void onMemory(MemoryMeasures now, List<Action> actions) {
        memory.measured(now);
        if (tellsMemory()) {
            tellMemory(actions);
        }
    }

    private boolean tellsMemory() {
        return phase == Phase.WORKING || phase == Phase.DRAINING;
    }

    private void tellMemory(List<Action> actions) {
        memory.next().ifPresent(now -> actions.add(reports().memory(now)));
    }

    /**
     * With heartbeats alone a worker does not come back that the planner has forgotten: they do not
     * say which process it is.
     */
    private void onTick(int layersDone, List<Action> actions) {
        if (phase != Phase.JOINING) {
            actions.add(reports().heartbeat(attemptUnderWay(), layersDone));
        }
        if (phase == Phase.JOINING || silence.isLong(engine.isIdle())) {
            actions.add(new Action.SendReport(identity.joined()));
        }
        if (tellsMemory()) {
            memory.onTick().ifPresent(again -> actions.add(reports().memory(again)));
        }
    }

    /**
     * It cannot go on as it is. Its signs of life go on, and the planner admits it again under a
     * new generation.
     */
    private void endGeneration(String note, List<Action> actions) {
        if (phase == Phase.DRAINING) {
            stop(note, actions);
            return;
        }
        phase = Phase.LOST;
        silence.ends();
        actions.add(reports().left(note));
    }

    /**
     * First politely: the micro-batch in work ends, the sum is contributed, and what was
     * contributed is acknowledged. Asked again, or with nothing to lose, at once.
     */
    private void onStopAsked(String note, List<Action> actions) {
        if (phase != Phase.WORKING || !work.holdsGradients()) {
            stop(note, actions);
            return;
        }
        phase = Phase.DRAINING;
        drainNote = note;
        actions.add(reports().draining(note));
        work.leave(actions);
    }

    private void stop(String note, List<Action> actions) {
        stop(phase == Phase.JOINING ? null : reports(), note, actions);
    }

    /** @param reports null where there is nobody to tell */
    private void stop(GenerationReports reports, String note, List<Action> actions) {
        if (reports != null) {
            actions.add(reports.left(note));
        }
        phase = Phase.STOPPED;
        actions.add(new Action.Stop(false, note));
    }

    private GenerationReports reports() {
        return work.reports();
    }

    /** Whether it has a generation that goes on. */
    private boolean hasWork() {
        return phase == Phase.ENTERING || phase == Phase.WORKING || phase == Phase.DRAINING;
    }

    private boolean isAwaited(EngineWork ended) {
        return hasWork() && ended.generation() == generation();
    }
}
