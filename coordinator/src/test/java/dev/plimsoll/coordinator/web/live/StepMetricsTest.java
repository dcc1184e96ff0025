package dev.plimsoll.coordinator.web.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.web.history.RunHistory;
import dev.plimsoll.coordinator.web.history.StepTimes;
import dev.plimsoll.wire.journal.JournalRecord;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

class StepMetricsTest {

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final RunHistory history = new RunHistory();
    private final StepMetrics metrics = new StepMetrics(registry, history, () -> 90_000);

    /** Also where a phase was skipped, or over before the one ahead of it. */
    @ParameterizedTest
    @CsvSource({
        "5, 105, 125, 130, 160,  5, 100, 20, 5, 30",
        "-1, -1, 10, 30, 40,     0, 0, 10, 20, 10",
        "5, 100, 90, 120, 160,   5, 95, 0, 20, 40"
    })
    void thePhasesAddUpToTheStep(
            long dispatched,
            long trained,
            long contributed,
            long summed,
            long ended,
            long dispatch,
            long train,
            long contribute,
            long sum,
            long commit) {
        StepTimes step = new StepTimes(
                3, 1_000, dispatched, trained, contributed, summed, ended, StepTimes.COMMITTED);
        long[] phases = Arrays.stream(StepPhase.values())
                .mapToLong(phase -> phase.millis(step))
                .toArray();
        assertThat(phases).containsExactly(dispatch, train, contribute, sum, commit);
        assertThat(Arrays.stream(phases).sum()).isEqualTo(ended);
    }

    @Test
    void onlyCommittedStepsAreCounted() {
        history.steps().add(step(0, 400, StepTimes.COMMITTED));
        history.steps().add(step(1, 900, "dropped"));
        metrics.update();
        history.steps().add(step(2, 600, StepTimes.COMMITTED));
        metrics.update();
        metrics.update();

        assertThat(registry.get("plimsoll.step").timer().count()).isEqualTo(2);
        assertThat(registry.get("plimsoll.step").timer().totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(1_000);
        assertThat(registry.get("plimsoll.step.phase").timers())
                .hasSize(StepPhase.values().length)
                .allSatisfy(timer -> assertThat(timer.count()).isEqualTo(2));
    }

    private static StepTimes step(long number, long ended, String outcome) {
        return new StepTimes(number, 0, 1, 2, 3, 4, ended, outcome);
    }

    @Test
    void ageIsUnknownUntilSomethingIsSaved() {
        assertThat(age("checkpoint")).isNaN();
        assertThat(age("state")).isNaN();

        history.apply(new JournalRecord.CheckpointTaken("harbour", 0), 60_000);

        assertThat(age("checkpoint")).isEqualTo(30);
        assertThat(age("state")).isNaN();
    }

    private double age(String of) {
        return registry.get("plimsoll." + of + ".age").gauge().value();
    }
}
