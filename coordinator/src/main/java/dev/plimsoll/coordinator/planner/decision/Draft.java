package dev.plimsoll.coordinator.planner.decision;

import dev.plimsoll.coordinator.planner.state.AdmittedSample;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.sample.RejectionReason;

import java.util.ArrayList;
import java.util.List;

/**
 * A decision in the making. Its records are applied to a copy of the state, so that later rules see
 * earlier ones.
 */
public final class Draft {
    private final PlannerState state;
    private final long nowMillis;
    private final List<JournalRecord> records = new ArrayList<>();
    private final List<Command> commands = new ArrayList<>();
    private final List<SampleRejection> rejections = new ArrayList<>();
    private final List<StepRecord> steps = new ArrayList<>();
    private final List<EvaluationRecord> evaluations = new ArrayList<>();
    private final List<String> reasons = new ArrayList<>();

    public Draft(PlannerState state, long nowMillis) {
        this.state = state.copy();
        this.nowMillis = nowMillis;
    }

    /** The state as it will be once the records so far are applied. */
    public PlannerState state() {
        return state;
    }

    /** How many records there are so far. */
    public int size() {
        return records.size();
    }

    public long nowMillis() {
        return nowMillis;
    }

    public void record(JournalRecord record) {
        state.apply(record);
        records.add(record);
    }

    public void command(Command command) {
        commands.add(command);
    }

    /** Takes the sample out of its step or the backlog, into the rejected topic. */
    public void reject(AdmittedSample sample, RejectionReason reason, String note) {
        record(new JournalRecord.SampleRejected(sample.ordinal(), reason, note));
        rejections.add(new SampleRejection(sample, reason, note));
    }

    /**
     * Puts a sample that was not admitted into the rejected topic. The journal does not name it:
     * nothing of the state is of it.
     */
    public void turnAway(AdmittedSample sample, RejectionReason reason, String note) {
        rejections.add(new SampleRejection(sample, reason, note));
    }

    /** How many samples are rejected so far. */
    public int rejected() {
        return rejections.size();
    }

    public void step(StepRecord step) {
        steps.add(step);
    }

    public void evaluation(EvaluationRecord evaluation) {
        evaluations.add(evaluation);
    }

    public void because(String reason) {
        reasons.add(reason);
    }

    public Decision decision() {
        return new Decision(
                records, commands, rejections, steps, evaluations, String.join("; ", reasons));
    }
}
