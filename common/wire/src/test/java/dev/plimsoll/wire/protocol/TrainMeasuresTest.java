package dev.plimsoll.wire.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

class TrainMeasuresTest {

    private static final MemoryPlan PLAN = new MemoryPlan(32, 1024, 2048, 32, 1);
    private static final MemoryPlan KEEPING = PLAN.withKeepAttention(true);

    /** Else a plan would be believed to need what a leaner one did. */
    @Test
    void areOfTheLeanerPlanWhereAttentionWasComputedAgain() {
        TrainMeasures given = new TrainMeasures(100, 50, 1, 2);
        TrainMeasures leaner = new TrainMeasures(100, 50, 1, 2, List.of(), true);
        assertThat(given.carriedOut(KEEPING)).isEqualTo(KEEPING);
        assertThat(given.carriedOut(PLAN)).isEqualTo(PLAN);
        assertThat(leaner.carriedOut(KEEPING)).isEqualTo(PLAN);
        assertThat(leaner.carriedOut(PLAN)).isEqualTo(PLAN);
    }
}
