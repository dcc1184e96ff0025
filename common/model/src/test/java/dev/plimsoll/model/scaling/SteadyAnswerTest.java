package dev.plimsoll.model.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.scaling.Helpful.Reason;
import dev.plimsoll.model.scaling.SteadyAnswer.Answer;

import org.junit.jupiter.api.Test;

class SteadyAnswerTest {

    private static final double JOIN = 100;

    private SteadyAnswer steady = SteadyAnswer.of(0);
    private Helpful last;

    @Test
    void itRisesAtOnce() {
        assertThat(ask(0, 0)).isZero();
        assertThat(ask(1, 400_000)).isEqualTo(1);
        assertThat(ask(2, 4_000_000)).isEqualTo(10);
    }

    @Test
    void itFallsOnceItHasBeenLowerForAJoin() {
        ask(0, 4_000_000);
        assertThat(ask(1, 100_000)).isEqualTo(10);
        assertThat(last.reason()).isEqualTo(Reason.HELD);
        assertThat(ask(100, 100_000)).isEqualTo(10);
        assertThat(ask(101, 100_000)).isEqualTo(1);
        assertThat(last.reason()).isEqualTo(Reason.COST_OF_JOINING);
    }

    /** Two would be asked for anew; ten have work for a join's time. */
    @Test
    void whoIsThereStaysWhileThereIsWork() {
        ask(0, 4_000_000);
        assertThat(ask(1, 1_000_000)).isEqualTo(10);
        assertThat(last.reason()).isEqualTo(Reason.STILL_AT_WORK);
        assertThat(ask(500, 1_000_000)).isEqualTo(10);
        assertThat(ask(501, 999_999)).isEqualTo(10);
        assertThat(last.reason()).isEqualTo(Reason.HELD);
        assertThat(ask(601, 999_999)).isEqualTo(9);
    }

    @Test
    void itFallsToTheHighestMeanwhile() {
        ask(0, 4_000_000);
        ask(1, 0);
        ask(50, 500_000);
        assertThat(ask(101, 0)).isEqualTo(5);
        assertThat(ask(200, 0)).as("a whole hold later").isEqualTo(5);
        assertThat(ask(202, 0)).isZero();
        assertThat(last.reason()).isEqualTo(Reason.NOTHING_WAITS);
    }

    @Test
    void whatRisesMeanwhileBeginsAnew() {
        ask(0, 4_000_000);
        ask(1, 0);
        ask(90, 4_000_000);
        assertThat(ask(150, 0)).isEqualTo(10);
        assertThat(ask(249, 0)).isEqualTo(10);
        assertThat(ask(250, 0)).isZero();
    }

    /** A step of 300,000 tokens takes one worker 300 s: it is held for 600 s. */
    @Test
    void itDoesNotFallWithinTwoSteps() {
        Demand busy = new Demand(2_000_000, 300_000, 64, 1, 1_000, 0);
        Demand none = new Demand(0, 300_000, 64, 1, 1_000, 0);
        SteadyAnswer asked = SteadyAnswer.of(0).to(busy, JOIN, 0).next();
        SteadyAnswer lower = asked.to(none, JOIN, 1_000).next();
        assertThat(lower.to(none, JOIN, 600_000).helpful().workers()).isEqualTo(5);
        assertThat(lower.to(none, JOIN, 601_000).helpful().workers()).isZero();
    }

    @Test
    void aPausedRunKeepsItsWorkersForAWhileAndAFinishedOneNone() {
        ask(0, 4_000_000);
        Demand demand = demand(4_000_000);
        Answer paused = steady.whilePaused(demand, JOIN, 1_000);
        assertThat(paused.helpful().workers()).isEqualTo(10);
        assertThat(paused.next().whilePaused(demand, JOIN, 101_000).helpful())
                .isEqualTo(new Helpful(0, Reason.PAUSED, "the run is paused"));
        assertThat(SteadyAnswer.whenFinished().helpful().workers()).isZero();
    }

    /** A fleet that is there when the coordinator starts is not sent away at once. */
    @Test
    void itBeginsWithTheFleetThatIsThere() {
        steady = SteadyAnswer.of(7);
        assertThat(ask(0, 0)).isEqualTo(7);
        assertThat(ask(100, 0)).isZero();
    }

    private int ask(int seconds, long waiting) {
        Answer answer = steady.to(demand(waiting), JOIN, seconds * 1_000L);
        steady = answer.next();
        last = answer.helpful();
        return last.workers();
    }

    /** Steps of a second: the join decides how long it is held. */
    private static Demand demand(long waiting) {
        return new Demand(waiting, 1_000, 64, 1, 1_000, 0);
    }
}
