package dev.plimsoll.coordinator.planner.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.state.AdmittedSample;
import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Whatever a decision holds is a reason to write it. */
class DecisionTest {
    private static final JournalRecord RECORD = new JournalRecord.PauseChanged(true, "by a test");
    private static final Command COMMAND = new Command.FinishRun("over");
    private static final SampleRejection REJECTION = new SampleRejection(
            new AdmittedSample(new SequenceRef(0, 8, 4, 1), "a", new SampleOrigin(0, 0)),
            RejectionReason.NOTHING_TO_TRAIN,
            "none of its tokens counts");

    @Test
    void aDecisionWithAReasonAloneIsEmpty() {
        assertThat(new Decision(List.of(), List.of(), List.of(), List.of(), List.of(), "void")
                        .isEmpty())
                .isTrue();
    }

    @Test
    void aDecisionWithOneThingToWriteIsNotEmpty() {
        assertThat(List.of(
                        new Decision(
                                List.of(RECORD), List.of(), List.of(), List.of(), List.of(), ""),
                        new Decision(
                                List.of(), List.of(COMMAND), List.of(), List.of(), List.of(), ""),
                        new Decision(
                                List.of(), List.of(), List.of(REJECTION), List.of(), List.of(), ""),
                        new Decision(
                                List.of(), List.of(), List.of(), List.of(step()), List.of(), ""),
                        new Decision(
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(evaluation()),
                                "")))
                .noneMatch(Decision::isEmpty);
    }

    private static EvaluationRecord evaluation() {
        return new EvaluationRecord(
                4,
                4,
                1.5,
                4.5,
                true,
                new EvaluationRecord.EvaluationCounts(8, 4, 1, 1, 1),
                20,
                List.of());
    }

    private static StepRecord step() {
        return new StepRecord(
                3,
                4,
                1.5,
                new StepRecord.StepCounts(8, 4, 1, 1, 1),
                new StepRecord.StepRates(0.5, 1e-4, 20, 400),
                List.of());
    }
}
