package dev.plimsoll.coordinator.planner.decision;

import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.Command;

import java.util.List;

/**
 * What follows from some inputs. All of it is written in one transaction; then the records are
 * applied, in order.
 *
 * @param reason why, for the log: one clause per thing decided or ignored
 */
public record Decision(
        List<JournalRecord> records,
        List<Command> commands,
        List<SampleRejection> rejections,
        List<StepRecord> steps,
        List<EvaluationRecord> evaluations,
        String reason) {
    public Decision {
        records = List.copyOf(records);
        commands = List.copyOf(commands);
        rejections = List.copyOf(rejections);
        steps = List.copyOf(steps);
        evaluations = List.copyOf(evaluations);
    }

    /** Nothing but the inputs' positions needs to be written. */
    public boolean isEmpty() {
        return records.isEmpty()
                && commands.isEmpty()
                && rejections.isEmpty()
                && steps.isEmpty()
                && evaluations.isEmpty();
    }
}
