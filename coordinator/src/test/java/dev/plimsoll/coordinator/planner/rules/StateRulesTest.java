package dev.plimsoll.coordinator.planner.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.StatePlace;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;

/** When states are written, and what is kept until they are. */
class StateRulesTest {
    private final TestPlanner planner =
            new TestPlanner(TestPlanner.stepsOf(1), 2).worker("a").worker("b");

    @AfterEach
    void replays() {
        planner.requireReplays();
    }

    private int states() {
        return planner.commands(Command.SaveState.class).size();
    }

    @Test
    void aStateIsDueAfterSoManySteps() {
        planner.samples(40);
        for (int step = 0; step < 31; step++) {
            planner.sumAll(1);
        }
        assertThat(states()).isZero();
        assertThat(planner.state.versions().since(0)).hasSize(31);
        planner.sumAll(1);
        assertThat(planner.last(Command.SaveState.class)).isEqualTo(new Command.SaveState(32));
        planner.saveAll();
        assertThat(planner.state.versions().whole()).isEqualTo(32);
        assertThat(planner.state.versions().since(0)).isEmpty();
    }

    @Test
    void aStateIsWrittenWhenNothingIsTrainedAndOneAtATime() {
        planner.samples(1);
        planner.sumAll(1);
        assertThat(states()).isEqualTo(1);
        planner.samples(1);
        planner.sumAll(1);
        assertThat(states()).isEqualTo(1);
        planner.report(new Report.StateSaved(0, 1, new StatePlace(0, 1, 2)));
        assertThat(states()).isEqualTo(1);
        planner.report(new Report.StateSaved(1, 1, new StatePlace(1, 3, 4)));
        assertThat(planner.last(Command.SaveState.class)).isEqualTo(new Command.SaveState(2));
        assertThat(planner.state.versions().places())
                .containsExactly(new StatePlace(0, 1, 2), new StatePlace(1, 3, 4));
    }

    @Test
    void oneThatJoinsIsToldWhereAStateLiesAndANewerOneIsWritten() {
        planner.samples(1);
        planner.commit();
        planner.samples(4);
        planner.sumAll(1);
        int before = states();
        planner.join("c", "c-1");
        Command.Admitted admitted = planner.last(Command.Admitted.class);
        assertThat(admitted.version()).isEqualTo(2);
        assertThat(admitted.state()).hasSize(2);
        assertThat(states()).isEqualTo(before + 1);
        assertThat(planner.last(Command.SaveState.class)).isEqualTo(new Command.SaveState(2));
        planner.saveAll();
        planner.sumAll(1);
        assertThat(states()).as("it has got what it needs").isEqualTo(before + 1);
    }

    @Test
    void aSavedStateIsHeardOnce() {
        planner.samples(1);
        planner.sumAll(1);
        planner.report(planner.saved(0));
        assertThat(planner.report(planner.saved(0)).isEmpty()).isTrue();
        for (Report.StateSaved wrong : List.of(
                new Report.StateSaved(1, 9, new StatePlace(1, 0, 0)),
                new Report.StateSaved(1, 1, new StatePlace(0, 0, 0)),
                new Report.StateSaved(1, 1, new StatePlace(1, -1, 0)),
                new Report.StateSaved(1, 1, new StatePlace(1, 0, -1)))) {
            assertThat(planner.report(wrong).isEmpty()).as("%s", wrong).isTrue();
        }
        assertThat(planner.records(JournalRecord.StateSaveAccepted.class)).hasSize(1);
    }
}
