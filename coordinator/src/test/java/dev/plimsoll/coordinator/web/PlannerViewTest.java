package dev.plimsoll.coordinator.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.Test;

import java.util.List;

class PlannerViewTest {

    private static String phase(String... workers) {
        TestPlanner planner = new TestPlanner(TestPlanner.stepsOf(1), 1, 100);
        List.of(workers).forEach(planner::worker);
        assertThat(PlannerView.of(planner.state).phase()).isEqualTo("waiting for samples");
        planner.write(new JournalRecord.SampleAdmitted(
                new SequenceRef(0, 5, 4, 1), "s", new SampleOrigin(0, 0)));
        planner.write(new JournalRecord.StepOpened(0, List.of(0L), 0, ""));
        return PlannerView.of(planner.state).phase();
    }

    @Test
    void thePhaseSaysWhoIsMissing() {
        assertThat(phase("anna")).isEqualTo("training");
        assertThat(phase()).isEqualTo("training: waits for a worker");
    }
}
