package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/** When a step opens, when an epoch starts, when the run ends, and when none of it may happen. */
class OpeningRulesTest {
    private static final JournalRecord PAUSED = new JournalRecord.PauseChanged(true, "test");
    private static final JournalRecord FINISH = new JournalRecord.FinishAsked("test");
    private static final JournalRecord CHECKPOINT =
            new JournalRecord.CheckpointAsked("c", "request", "test");

    /** A step has four samples. What is written here, no rule has decided on yet. */
    private static TestPlanner with(int samples, JournalRecord... facts) {
        return with(TestPlanner.stepsOf(4), samples, facts);
    }

    private static TestPlanner with(StepSettings steps, int samples, JournalRecord... facts) {
        TestPlanner planner = new TestPlanner(steps, 1);
        for (int i = 0; i < samples; i++) {
            planner.write(new JournalRecord.SampleAdmitted(
                    new SequenceRef(i, 10, 6, 1), "s" + i, new SampleOrigin(0, i)));
        }
        List.of(facts).forEach(planner::write);
        return planner;
    }

    private static Decision run(TestPlanner planner) {
        Draft draft = new Draft(planner.state, planner.nowMillis);
        OpeningRules.run(draft, planner.liveness);
        return draft.decision();
    }

    private static void opens(TestPlanner planner, String note, Long... ordinals) {
        assertThat(run(planner).records())
                .containsExactly(new JournalRecord.StepOpened(
                        planner.state.status().nextStep(),
                        List.of(ordinals),
                        planner.nowMillis,
                        note));
    }

    private static void ends(TestPlanner planner, String note) {
        Decision decision = run(planner);
        assertThat(decision.records()).containsExactly(new JournalRecord.RunFinished(note));
        assertThat(decision.commands()).containsExactly(new Command.FinishRun(note));
    }

    private static void doesNothing(TestPlanner planner) {
        assertThat(run(planner).isEmpty()).isTrue();
    }

    @Test
    void aFullStepOpensUnlessTheRunIsPaused() {
        doesNothing(with(0));
        doesNothing(with(3));
        opens(with(4), "", 0L, 1L, 2L, 3L);
        opens(with(9), "", 0L, 1L, 2L, 3L);
        doesNothing(with(4, PAUSED));
    }

    @Test
    void finishOpensTheRestAndThenEndsTheRun() {
        opens(with(5, FINISH), "", 0L, 1L, 2L, 3L);
        opens(with(3, FINISH), "under-full: the last", 0L, 1L, 2L);
        doesNothing(with(3, FINISH, PAUSED));
        ends(with(0, FINISH), "everything submitted is trained or rejected");
        ends(with(0, FINISH, PAUSED), "everything submitted is trained or rejected");
    }

    @Test
    void theRunDoesNotEndWhileACheckpointIsOwed() {
        doesNothing(with(0, FINISH, CHECKPOINT));
    }

    @Test
    void afterTheLastStepNothingOpens() {
        StepSettings one = new StepSettings(1, 0, Duration.ZERO, 1, 0);
        TestPlanner planner = with(
                one,
                2,
                new JournalRecord.StepOpened(0, List.of(0L), 0, ""),
                new JournalRecord.SampleRejected(0, RejectionReason.NON_FINITE, "test"),
                new JournalRecord.StepDropped(0, "test"));
        ends(planner, "1 steps are done");
    }

    @Test
    void anUnderFullStepOpensOnlyAfterItsLinger() {
        TestPlanner planner = with(new StepSettings(4, 0, Duration.ofSeconds(3), 0, 0), 2);
        planner.liveness = planner.liveness.observe(planner.state, List.of(), planner.nowMillis);
        planner.nowMillis += 2_999;
        doesNothing(planner);
        planner.nowMillis += 1;
        opens(planner, "under-full after a linger of 3000 ms", 0L, 1L);
        planner.write(PAUSED);
        doesNothing(planner);
    }

    @Test
    void theNextEpochStartsAfterFinishAndOnlyWhereThereIsOne() {
        StepSettings two = new StepSettings(2, 0, Duration.ZERO, 0, 7, 2, false);
        TestPlanner planner = new TestPlanner(two, 1).worker("a");
        planner.samples(2);
        planner.commit();
        doesNothing(planner);
        planner.write(FINISH);
        assertThat(run(planner).records())
                .hasSize(2)
                .startsWith(new JournalRecord.EpochStarted(1))
                .element(1)
                .isInstanceOfSatisfying(
                        JournalRecord.StepOpened.class,
                        opened -> assertThat(opened.note()).isEqualTo("epoch 2 of 2"));
        planner.write(PAUSED);
        doesNothing(planner);
    }
}
