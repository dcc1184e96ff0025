package dev.plimsoll.coordinator.planner.liveness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.state.Backlog;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.run.StepSettings;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

class LivenessTest {
    private static final Duration LEASE = Duration.ofSeconds(10);

    private final TestPlanner planner = TestPlanner.ofSamplesPerStep(4).worker("a");

    private List<Worker> expiredAt(Liveness liveness, long millis) {
        return liveness.expired(planner.state.fleet().workers(), LEASE, millis);
    }

    private Liveness observe(Liveness liveness, long millis, Input... inputs) {
        return liveness.observe(planner.state, List.of(inputs), millis);
    }

    @Test
    void noLeaseExpiresBeforeThePlannerHasCaughtUp() {
        Liveness liveness = observe(Liveness.resuming(), 0);
        for (int second = 1; second < 60; second++) {
            liveness = observe(liveness, second * 1_000L);
        }
        assertThat(expiredAt(liveness, 60_000)).isEmpty();
        liveness = liveness.caughtUp(60_000);
        assertThat(expiredAt(liveness, 70_000)).isEmpty();
        assertThat(expiredAt(liveness, 70_001)).hasSize(1);
    }

    @Test
    void aReportOfTheGenerationRenewsTheLease() {
        Liveness liveness = observe(Liveness.resuming().caughtUp(0), 0);
        liveness = observe(liveness, 5_000, new Input.Reported(new Report.Heartbeat("a", 1, 0, 0)));
        assertThat(expiredAt(liveness, 15_000)).isEmpty();
        liveness = observe(liveness, 9_000, new Input.Reported(new Report.Heartbeat("a", 7, 0, 0)));
        assertThat(expiredAt(liveness, 15_001)).hasSize(1);
    }

    @Test
    void silenceProvesNothingWhenThePlannerWasAway() {
        Liveness liveness = observe(Liveness.resuming().caughtUp(0), 0);
        liveness = observe(liveness, 30_000, new Input.Tick());
        assertThat(expiredAt(liveness, 30_000)).isEmpty();
        assertThat(expiredAt(liveness, 40_001)).hasSize(1);
    }

    @Test
    void leasesBeginAnewWhenTheClockIsSetBack() {
        Liveness liveness = observe(Liveness.resuming().caughtUp(50_000), 50_000);
        liveness = observe(liveness, 10_000);
        assertThat(expiredAt(liveness, 20_000)).isEmpty();
        assertThat(expiredAt(liveness, 20_001)).hasSize(1);
    }

    @Test
    void theLingerCountsFromTheFirstWaitingSequence() {
        TestPlanner lingering =
                new TestPlanner(new StepSettings(4, 0, Duration.ofSeconds(2), 0, 0), 1);
        Liveness liveness = Liveness.resuming().caughtUp(0);
        Backlog backlog = lingering.state.backlog();
        Duration linger = Duration.ofSeconds(2);
        assertThat(liveness.lingered(backlog, linger, 9_000)).isFalse();
        lingering.samples(1);
        assertThat(liveness.lingered(backlog, linger, 9_000)).isFalse();
        liveness = liveness.observe(lingering.state, List.of(), 1_000);
        assertThat(liveness.lingered(backlog, linger, 2_999)).isFalse();
        assertThat(liveness.lingered(backlog, linger, 3_000)).isTrue();
        assertThat(liveness.lingered(backlog, Duration.ZERO, 3_000)).isFalse();
        liveness = liveness.observe(lingering.state, List.of(), 500);
        assertThat(liveness.lingered(backlog, linger, 2_000)).isFalse();
        Liveness behind = Liveness.resuming().observe(lingering.state, List.of(), 0);
        assertThat(behind.lingered(backlog, linger, 60_000)).isFalse();
    }
}
