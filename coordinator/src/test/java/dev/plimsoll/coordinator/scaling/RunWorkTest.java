package dev.plimsoll.coordinator.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.run.StepSettings;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** Each sample has ten tokens; four samples fill a step. */
class RunWorkTest {

    private final TestPlanner planner = TestPlanner.ofSamplesPerStep(4);

    @Test
    void samplesThatFillNoStepAreNoWork() {
        planner.samples(3);
        RunWork work = RunWork.of(planner.state);
        assertThat(work.openTokens() + work.behindTokens()).isZero();
        assertThat(work.meanTokens()).isEqualTo(10);
        assertThat(work.nextOrdinal()).isEqualTo(3);
        assertThat(work.stepSamples()).isEqualTo(4);
        assertThat(work.stepsLeft()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void anOpenStepIsWorkAndSoIsWhatFillsTheNext() {
        planner.samples(4);
        assertThat(RunWork.of(planner.state).openTokens()).isEqualTo(40);
        assertThat(RunWork.of(planner.state).behindTokens()).isZero();
        planner.samples(3);
        assertThat(RunWork.of(planner.state).behindTokens()).isZero();
        planner.samples(3);
        RunWork work = RunWork.of(planner.state);
        assertThat(work.openTokens() + work.behindTokens()).isEqualTo(100);
    }

    @Test
    void afterFinishTheLastSamplesAreWork() {
        planner.samples(6);
        planner.ask(new Control.Finish("test"));
        RunWork work = RunWork.of(planner.state);
        assertThat(work.openTokens() + work.behindTokens()).isEqualTo(60);
        assertThat(work.finished()).isFalse();
    }

    @Test
    void epochsToComeAreWorkOnceTheRunIsToFinish() {
        TestPlanner thrice =
                new TestPlanner(new StepSettings(4, 0, Duration.ZERO, 0, 1, 3, false), 1);
        thrice.samples(4, 4);
        assertThat(RunWork.of(thrice.state).behindTokens()).isZero();
        thrice.ask(new Control.Finish("test"));
        assertThat(RunWork.of(thrice.state).behindTokens())
                .as("two samples of 4 tokens, now and twice more")
                .isBetween(16L, 24L);
    }

    @Test
    void aRunOfSomeStepsHasSoManyLeft() {
        TestPlanner two = new TestPlanner(new StepSettings(4, 0, Duration.ZERO, 2, 1, 1, false), 1);
        two.samples(4);
        assertThat(RunWork.of(two.state).stepsLeft()).isOne();
    }

    @Test
    void aPauseIsTold() {
        planner.ask(new Control.Pause("test"));
        assertThat(RunWork.of(planner.state).paused()).isTrue();
    }
}
