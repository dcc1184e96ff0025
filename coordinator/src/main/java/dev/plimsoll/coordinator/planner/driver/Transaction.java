package dev.plimsoll.coordinator.planner.driver;

import dev.plimsoll.coordinator.planner.decision.SampleRejection;
import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.Command;

import java.util.List;

/** What is to be written, whole or not at all. */
public record Transaction(
        List<JournalRecord> records,
        List<LaneCommand> commands,
        List<SampleRejection> rejections,
        List<StepRecord> steps,
        List<EvaluationRecord> evaluations) {
    public Transaction {
        records = List.copyOf(records);
        commands = List.copyOf(commands);
        rejections = List.copyOf(rejections);
        steps = List.copyOf(steps);
        evaluations = List.copyOf(evaluations);
    }

    /** A command and the lane that it travels on; lane 0 is read by all. */
    public record LaneCommand(int lane, Command command) {}

    static Transaction ofRecord(JournalRecord record) {
        return new Transaction(List.of(record), List.of(), List.of(), List.of(), List.of());
    }
}
