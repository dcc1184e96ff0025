package dev.plimsoll.model.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.memory.Loading.Load;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.EnumSet;

class LoadingTest {

    private static final long GIB = 1L << 30;
    private static final WorkerDevice CARD = new WorkerDevice("cuda", "card", "bf16", 0);
    private static final PeakModel LLAMA_8B = PeakModel.of(
            RandomModel.shape("8b"),
            new LoraSettings(16, 32, false, EnumSet.allOf(Projection.class)));
    private static final Loading LOADING = new Loading(LLAMA_8B);

    private static long bound(Load load) {
        return MemoryForecast.START.bound(LLAMA_8B.workBytes(CARD, load.maxTokens(), load.plan()));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 4, 8, 16, 32, 64})
    void it_stays_under_the_room_and_one_token_more_would_not(long gib) {
        Load load =
                LOADING.choose(CARD, MemoryForecast.START, SpeedForecast.START, gib * GIB, 1 << 20);
        assertThat(bound(load)).isLessThanOrEqualTo(gib * GIB);
        assertThat(bound(new Load(load.maxTokens() + 1, load.plan()))).isGreaterThan(gib * GIB);
    }

    @Test
    void with_room_nothing_is_recomputed_and_with_less_more_is() {
        assertThat(LOADING.choose(CARD, MemoryForecast.START, SpeedForecast.START, 60 * GIB, 8192)
                        .plan())
                .isEqualTo(Loading.ROOMY);
        assertThat(LOADING.choose(CARD, MemoryForecast.START, SpeedForecast.START, 60 * GIB, 8192)
                        .maxTokens())
                .isEqualTo(8192);
        int recomputed = -1;
        for (long room : new long[] {32 * GIB, 20 * GIB, 10 * GIB, 4 * GIB}) {
            MemoryPlan plan = LOADING.planFor(CARD, MemoryForecast.START, room, 8192);
            assertThat(plan.recomputeLayers()).isGreaterThan(recomputed);
            recomputed = plan.recomputeLayers();
        }
    }

    /**
     * A little more recomputing is not worth a micro-batch that is a little longer; a much longer
     * one is.
     */
    @Test
    void tokens_and_plan_are_weighed_against_each_other() {
        assertThat(LOADING.choose(
                                CARD, MemoryForecast.START, SpeedForecast.START, 12 * GIB, 1 << 16)
                        .plan())
                .isEqualTo(Loading.ROOMY);
        assertThat(LOADING.choose(CARD, MemoryForecast.START, SpeedForecast.START, GIB, 1 << 16)
                        .plan()
                        .recomputeLayers())
                .isGreaterThan(0);
    }

    /** Where a micro-batch costs much besides its tokens, longer ones pay for recomputing. */
    @Test
    void a_slow_host_makes_longer_micro_batches_worth_recomputing() {
        SpeedForecast slow = SpeedForecast.START;
        for (int i = 0; i < 50; i++) {
            int tokens = 500 + 100 * i;
            slow = slow.learn(tokens, 60L * (tokens + 1500));
        }
        assertThat(slow.overhead()).isBetween(1_300.0, 1_700.0);
        Load patient = LOADING.choose(CARD, MemoryForecast.START, slow, 6 * GIB, 1 << 16);
        Load fast =
                LOADING.choose(CARD, MemoryForecast.START, SpeedForecast.START, 6 * GIB, 1 << 16);
        assertThat(patient.maxTokens()).isGreaterThan(fast.maxTokens());
        assertThat(patient.plan().recomputeLayers()).isGreaterThan(fast.plan().recomputeLayers());
    }

    @Test
    void one_long_sequence_gets_the_leanest_plan_it_needs() {
        assertThat(LOADING.planFor(CARD, MemoryForecast.START, 10 * GIB, 100_000))
                .satisfies(plan -> assertThat(plan.offloadLayers()).isPositive());
        assertThat(LOADING.planFor(CARD, MemoryForecast.START, GIB, 100_000))
                .isEqualTo(Loading.FULLEST);
        assertThat(LOADING.choose(CARD, MemoryForecast.START, SpeedForecast.START, 1, 100))
                .isEqualTo(new Load(1, Loading.FULLEST));
    }
}
