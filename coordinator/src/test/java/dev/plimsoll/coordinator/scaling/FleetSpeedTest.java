package dev.plimsoll.coordinator.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plimsoll.model.scaling.Demand;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.journal.StepRecord.StepCounts;
import dev.plimsoll.wire.journal.StepRecord.StepRates;

import org.junit.jupiter.api.Test;

import java.util.List;

class FleetSpeedTest {

    private static final FleetSpeed KNOWN = new FleetSpeed(10_000, 1_000, 0.5);

    @Test
    void withoutStepsOnlyWhatWorkersTellIsKnown() {
        assertThat(FleetSpeed.of(List.of(), 0)).isEqualTo(new FleetSpeed(0, 0, 0));
        assertThat(FleetSpeed.of(List.of(), 900)).isEqualTo(new FleetSpeed(0, 900, 0));
    }

    @Test
    void aLoneWorkersStepsTellItsSpeedAndNoExchange() {
        FleetSpeed speed =
                FleetSpeed.of(List.of(step(10_000, 10_000, 1), step(12_000, 10_000, 1)), 0);
        assertThat(speed).isEqualTo(new FleetSpeed(11_000, 1_200, 0));
    }

    /** Four workers of 1,000 tokens/s compute 8,000 tokens in 2 s; the step takes 2.5. */
    @Test
    void whatIsNotComputingIsExchange() {
        FleetSpeed speed = FleetSpeed.of(
                List.of(step(8_000, 2_500, 4), step(8_000, 2_600, 4), step(8_000, 2_400, 4)),
                1_000);
        assertThat(speed.tokensPerSecond()).isEqualTo(1_000);
        assertThat(speed.exchangeSeconds()).isCloseTo(0.5, within(1e-9));
    }

    /** A run whose workers tell too little does not seem to exchange for less than no time. */
    @Test
    void theFastestStepIsBelieved() {
        FleetSpeed speed = FleetSpeed.of(List.of(step(8_000, 1_000, 4)), 10);
        assertThat(speed).isEqualTo(new FleetSpeed(8_000, 2_000, 0));
    }

    @Test
    void whatWaitsIsInOpenStepsBehindThemAndUnread() {
        Demand demand = KNOWN.demand(work(5_000, 20_000, 100, Long.MAX_VALUE, false), 30, 2);
        assertThat(demand).isEqualTo(new Demand(28_000, 10_000, 16, 2, 1_000, 0.5));
    }

    @Test
    void aRunWithAnEndNeedsNoMoreThanItsSteps() {
        assertThat(KNOWN.demand(work(5_000, 90_000, 100, 2, false), 30, 2).waitingTokens())
                .isEqualTo(25_000);
        assertThat(KNOWN.demand(work(0, 90_000, 100, 0, false), 30, 2).waitingTokens())
                .isZero();
        assertThat(new FleetSpeed(0, 0, 0)
                        .demand(work(0, 90_000, 100, 0, false), 30, 2)
                        .waitingTokens())
                .as("before a step was seen")
                .isZero();
    }

    @Test
    void anEvaluationNeedsAWorker() {
        assertThat(KNOWN.demand(work(0, 0, 0, 0, true), 0, 0).waitingTokens()).isOne();
    }

    private static RunWork work(
            long open, long behind, double mean, long stepsLeft, boolean evaluating) {
        return new RunWork(false, false, open, behind, 0, mean, stepsLeft, 16, evaluating);
    }

    private static StepRecord step(long tokens, long millis, int workers) {
        return new StepRecord(
                1,
                1,
                1,
                new StepCounts(tokens, tokens, 4, 4, workers),
                new StepRates(1, 1, millis, 0),
                List.of());
    }
}
