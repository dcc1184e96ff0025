package dev.plimsoll.coordinator.planner;

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
final class Draft {
    private final PlannerState state;
    private final long nowMillis;
    private final List<JournalRecord> records = new ArrayList<>();
    private final List<Command> commands = new ArrayList<>();
    private final List<SampleRejection> rejections = new ArrayList<>();
    private final List<StepRecord> steps = new ArrayList<>();
    private final List<String> reasons = new ArrayList<>();

    Draft(PlannerState state, long nowMillis) {
        this.state = state.copy();
        this.nowMillis = nowMillis;
    }

    /** The state as it will be once the records so far are applied. */
    PlannerState state() {
        return state;
    }

    long nowMillis() {
        return nowMillis;
    }

    void record(JournalRecord record) {
        state.apply(record);
        records.add(record);
    }

    void command(Command command) {
        commands.add(command);
    }

    /** Takes the sample out of its step or the backlog, into the rejected topic. */
    void reject(AdmittedSample sample, RejectionReason reason, String note) {
        record(new JournalRecord.SampleRejected(sample.ordinal(), reason, note));
        rejections.add(new SampleRejection(sample, reason, note));
    }

    void step(StepRecord step) {
        steps.add(step);
    }

    void because(String reason) {
        reasons.add(reason);
    }

    Decision decision() {
        return new Decision(records, commands, rejections, steps, String.join("; ", reasons));
    }
}
