package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.StatePlace;

import org.junit.jupiter.api.Test;

import java.util.List;

/** A journal from before the log was folded, which ends between clip and commit. */
class OldStepRulesTest {
    private final TestPlanner planner =
            new TestPlanner(TestPlanner.stepsOf(2), 2).worker("a").worker("b");

    OldStepRulesTest() {
        planner.samples(2);
        planner.contributeAll();
        planner.write(new JournalRecord.ShardSumAccepted(0, 0, 1));
        planner.write(new JournalRecord.ShardSumAccepted(1, 0, 1));
        planner.write(new JournalRecord.ClipFixed(0, 1, 1, 1));
    }

    @Test
    void isCommittedOnceEveryShardHasWrittenIt() {
        planner.write(new JournalRecord.ShardApplyAccepted(0, 0, 1));
        List<Command> named = planner.report(new Report.ShardReady(1, 0)).commands();
        assertThat(named)
                .hasSize(3)
                .hasAtLeastOneElementOfType(Command.ApplyStep.class)
                .hasAtLeastOneElementOfType(Command.FixClip.class)
                .contains(new Command.SaveState(1));
        planner.report(new Report.StateSaved(1, 1, new StatePlace(1, 0, 0)));
        assertThat(planner.state.status().version()).isEqualTo(1);
        assertThat(planner.state.versions().whole()).isEqualTo(1);
        planner.requireReplays();
    }

    @Test
    void aShardThatComesUpWithTheVersionHasWrittenIt() {
        planner.report(new Report.ShardReady(0, 1));
        planner.report(new Report.ShardReady(1, 1));
        assertThat(planner.state.status().version()).isEqualTo(1);
        planner.samples(2);
        planner.sumAll(1);
        assertThat(planner.last(Command.FixClip.class).update()).isEqualTo(2);
        planner.requireReplays();
    }
}
