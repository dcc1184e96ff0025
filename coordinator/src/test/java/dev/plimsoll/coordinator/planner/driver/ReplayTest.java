package dev.plimsoll.coordinator.planner.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.testkit.TestRun;
import dev.plimsoll.wire.journal.JournalRecord;

import org.junit.jupiter.api.Test;

import java.util.TreeMap;

/** From which record a replay begins. */
class ReplayTest {

    private static final JournalRecord.RunCreated CREATED =
            new JournalRecord.RunCreated(TestRun.settings("run"));

    private final Replay replay = new Replay();

    private static JournalRecord read(long offset) {
        return new JournalRecord.InputsRead(new TreeMap<>(java.util.Map.of("reports-0", offset)));
    }

    private static PlannerState state(JournalRecord... records) {
        PlannerState state = PlannerState.empty();
        for (JournalRecord record : records) {
            state.apply(record);
        }
        return state;
    }

    @Test
    void withoutASnapshotItBeginsWithTheFirstRecord() {
        assertThat(replay.folded()).isEqualTo(new PlannerDriver.Folded(PlannerState.empty(), 0));
        assertThat(replay.add(CREATED)).isEmpty();
        assertThat(replay.add(read(1))).isEmpty();
        assertThat(replay.beginsWithSnapshot()).isFalse();
        assertThat(replay.folded()).isEqualTo(new PlannerDriver.Folded(state(CREATED, read(1)), 2));
    }

    @Test
    void itBeginsWithTheLastSnapshotThatCanBeRead() {
        replay.add(CREATED);
        replay.add(state(CREATED).snapshot());
        replay.add(read(1));
        assertThat(replay.add(state(CREATED, read(1)).snapshot())).isEmpty();
        replay.add(read(2));
        assertThat(replay.add(new JournalRecord.SnapshotTaken("{\"of\":\"another program\"}")))
                .isPresent();
        replay.add(read(3));
        assertThat(replay.beginsWithSnapshot()).isTrue();
        assertThat(replay.folded()).isEqualTo(new PlannerDriver.Folded(state(CREATED, read(3)), 3));
    }
}
