package dev.plimsoll.coordinator.planner.driver;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.driver.Transaction.LaneCommand;
import dev.plimsoll.coordinator.planner.liveness.Liveness;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.run.RunSettings;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.function.ToIntFunction;

/**
 * What a planner's process does with what it reads: lets the planner decide, puts the decision and
 * the positions of its inputs into one transaction, and applies it once it is committed. It knows
 * when to tick, to beat, to write a snapshot and to let a Finish pass. It has neither a client nor
 * a clock: what was read and the time come in. Protocol rules 2 and 13.
 *
 * <p>The moves, in a circle: {@link #turn}, and when that gives a transaction, {@link #committed}
 * and {@link #dueSnapshot}. Any other order throws IllegalStateException. When writing fails, the
 * outcome is unknown, and this object must not be used again. Not safe for use by several threads.
 */
public final class PlannerDriver {
    private final PlannerState state;
    private final Decider decider;
    private final DriverLimits limits;
    private final FinishRule finish;
    private final InputPositions positions;
    private final SnapshotRule snapshots;
    private Liveness liveness = Liveness.resuming();
    private boolean caughtUp;
    private int unjournaledInputs;
    private long tickedMillis;
    private OptionalLong beatMillis = OptionalLong.empty();
    private long beats;
    private Optional<Transaction> pending = Optional.empty();

    /**
     * What a process finds in the journal.
     *
     * @param state changed by this driver from now on
     * @param sinceSnapshot records that were replayed, with the last snapshot
     */
    public record Folded(PlannerState state, int sinceSnapshot) {}

    /** The run must have been created. */
    public PlannerDriver(
            Folded folded, Decider decider, DriverLimits limits, StartOffsets start, Moment now) {
        this.state = folded.state();
        this.decider = decider;
        this.limits = limits;
        this.finish = new FinishRule(limits.finishCheck());
        this.positions = new InputPositions(state.nextOffsets(), start, finish);
        this.snapshots = new SnapshotRule(limits.snapshots(), folded.sinceSnapshot());
        this.tickedMillis = now.elapsedMillis();
    }

    /**
     * The first record of an empty journal, to be written and applied; empty when the run has been
     * created. Throws IllegalStateException when it was created with other settings.
     */
    public static Optional<JournalRecord> creation(PlannerState state, RunSettings run) {
        if (!state.isCreated()) {
            return Optional.of(new JournalRecord.RunCreated(run));
        }
        if (!state.run().equals(run)) {
            throw new IllegalStateException(
                    "run " + state.run().runId() + " was created with other settings");
        }
        return Optional.empty();
    }

    public PlannerState state() {
        return state;
    }

    /** The next offset to read, by partition. */
    public SortedMap<String, Long> positions() {
        return positions.read();
    }

    /** To be asked and answered before a turn. */
    public FinishRule finish() {
        return finish;
    }

    /** The number of the beat that is to be written now; the first is 0. */
    public OptionalLong dueBeat(Moment now) {
        boolean due = beatMillis.isEmpty()
                || now.elapsedMillis() - beatMillis.getAsLong() >= limits.beat().toMillis();
        if (!due) {
            return OptionalLong.empty();
        }
        beatMillis = OptionalLong.of(now.elapsedMillis());
        return OptionalLong.of(beats++);
    }

    /** Decides on what was read, and on the time. */
    public Turn turn(Polled polled, Moment now) {
        requireNothingPending();
        List<Input> taken = positions.take(polled);
        unjournaledInputs += taken.size();
        if (now.elapsedMillis() - tickedMillis >= limits.tick().toMillis()) {
            tickedMillis = now.elapsedMillis();
            taken.add(new Input.Tick());
        }
        if (taken.isEmpty() && !polled.unreadable()) {
            return Turn.NOTHING;
        }
        liveness = liveness.observe(state, taken, now.clockMillis());
        Decision decision = decider.decide(state, liveness, taken, now.clockMillis());
        boolean toBeWritten = !decision.isEmpty()
                || polled.unreadable()
                || unjournaledInputs > limits.unjournaledInputs();
        if (toBeWritten) {
            pending = Optional.of(transaction(decision));
        }
        if (!caughtUp && positions.isCaughtUp(state.wantsSamples())) {
            caughtUp = true;
            liveness = liveness.caughtUp(now.clockMillis());
        }
        return new Turn(decision.reason(), pending);
    }

    private Transaction transaction(Decision decision) {
        List<JournalRecord> records = new ArrayList<>(decision.records());
        records.add(new JournalRecord.InputsRead(positions.toJournal()));
        return new Transaction(
                records,
                withLanes(decision),
                decision.rejections(),
                decision.steps(),
                decision.evaluations());
    }

    private List<LaneCommand> withLanes(Decision decision) {
        Map<String, Integer> lanes = new HashMap<>();
        for (Worker worker : state.fleet().workers()) {
            lanes.put(worker.workerId(), worker.lane());
        }
        for (JournalRecord record : decision.records()) {
            if (record instanceof JournalRecord.WorkerAdmitted admitted) {
                lanes.put(admitted.workerId(), admitted.lane());
            }
        }
        return decision.commands().stream()
                .map(command -> new LaneCommand(
                        switch (command) {
                            case Command.Broadcast broadcast -> 0;
                            case Command.Laned laned -> lanes.get(laned.workerId());
                        },
                        command))
                .toList();
    }

    /**
     * It is durable: its records are applied. Throws IllegalStateException for any but the last.
     */
    public void committed(Transaction transaction) {
        if (pending.orElse(null) != transaction) {
            throw new IllegalStateException("committed is " + transaction + ", pending " + pending);
        }
        pending = Optional.empty();
        transaction.records().forEach(state::apply);
        if (transaction.records().getFirst() instanceof JournalRecord.SnapshotTaken) {
            snapshots.written();
        } else {
            unjournaledInputs = 0;
            snapshots.journaled(transaction.records().size());
        }
    }

    /** @param bytes of a snapshot as it travels */
    public DueSnapshot dueSnapshot(ToIntFunction<JournalRecord> bytes) {
        requireNothingPending();
        if (!snapshots.isDue()) {
            return new DueSnapshot.None();
        }
        JournalRecord snapshot = state.snapshot();
        int size = bytes.applyAsInt(snapshot);
        if (snapshots.isTooLarge(size)) {
            snapshots.refused();
            return new DueSnapshot.TooLarge(size, snapshots.maxBytes());
        }
        Transaction transaction = Transaction.ofRecord(snapshot);
        pending = Optional.of(transaction);
        return new DueSnapshot.Write(transaction);
    }

    private void requireNothingPending() {
        if (pending.isPresent()) {
            throw new IllegalStateException("not committed yet: " + pending.orElseThrow());
        }
    }
}
