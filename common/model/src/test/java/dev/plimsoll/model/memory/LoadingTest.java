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
import java.util.List;
import java.util.TreeSet;

class LoadingTest {

    private static final long GIB = 1L << 30;
    private static final WorkerDevice CARD = new WorkerDevice("cuda", "card", "bf16", 0);
    private static final PeakModel LLAMA_8B = PeakModel.of(
            RandomModel.shape("8b"),
            new LoraSettings(16, 32, false, EnumSet.allOf(Projection.class)));
    private static final Loading LOADING = new Loading(LLAMA_8B);

    private static Room room(SpeedForecast speed, long bytes) {
        return new Room(CARD, MemoryForecast.START, speed, bytes);
    }

    private static Load choose(SpeedForecast speed, long bytes, int wanted) {
        return LOADING.choose(room(speed, bytes), wanted, 500, Exploration.NEVER);
    }

    private static Load choose(long bytes, int wanted) {
        return choose(SpeedForecast.START, bytes, wanted);
    }

    private static MemoryPlan plan(long bytes, int tokens) {
        return plan(LOADING, bytes, tokens);
    }

    private static MemoryPlan plan(Loading loading, long bytes, int tokens) {
        Lengths alone = new Lengths(tokens, (long) tokens * tokens);
        Load small = new Load(1, Loading.ROOMY, false, List.of());
        return loading.plan(room(SpeedForecast.START, bytes), small, alone, Exploration.NEVER)
                .plan();
    }

    private static long bound(int tokens, MemoryPlan plan) {
        return MemoryForecast.START.bound(LLAMA_8B.workBytes(CARD, tokens, plan));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 4, 8, 16, 32, 64})
    void it_stays_under_the_room_and_one_token_more_would_not(long gib) {
        Load load = choose(gib * GIB, 1 << 20);
        assertThat(bound(load.maxTokens(), load.plan())).isLessThanOrEqualTo(gib * GIB);
        assertThat(bound(load.maxTokens() + 1, load.plan())).isGreaterThan(gib * GIB);
    }

    @Test
    void with_room_nothing_is_recomputed_and_with_less_more_is() {
        assertThat(choose(60 * GIB, 8192).plan()).isEqualTo(Loading.ROOMY);
        assertThat(choose(60 * GIB, 8192).maxTokens()).isEqualTo(8192);
        int recomputed = -1;
        for (long room : new long[] {32 * GIB, 20 * GIB, 10 * GIB, 4 * GIB}) {
            MemoryPlan plan = plan(room, 8192);
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
        assertThat(choose(12 * GIB, 1 << 16).plan()).isEqualTo(Loading.ROOMY);
        assertThat(choose(GIB, 1 << 16).plan().recomputeLayers()).isGreaterThan(0);
    }

    /** Where a micro-batch costs much besides its tokens, longer ones pay for recomputing. */
    @Test
    void a_slow_host_makes_longer_micro_batches_worth_recomputing() {
        SpeedForecast slow = SpeedForecast.START;
        for (int i = 0; i < 50; i++) {
            int tokens = 500 + 100 * i;
            slow = slow.learn(
                    Loading.ROOMY, 1, new Lengths(tokens, 500L * tokens), 60L * (tokens + 1500));
        }
        assertThat(slow.fit().fixedTokens()).isBetween(1_300.0, 1_700.0);
        Load patient = choose(slow, 6 * GIB, 1 << 16);
        Load fast = choose(6 * GIB, 1 << 16);
        assertThat(patient.maxTokens()).isGreaterThan(fast.maxTokens());
        assertThat(patient.plan().recomputeLayers()).isGreaterThan(fast.plan().recomputeLayers());
    }

    @Test
    void one_long_sequence_gets_the_leanest_plan_it_needs() {
        assertThat(plan(10 * GIB, 100_000))
                .satisfies(plan -> assertThat(plan.offloadLayers()).isPositive());
        assertThat(plan(GIB, 100_000)).isEqualTo(Loading.FULLEST);
        assertThat(choose(1, 100)).isEqualTo(new Load(1, Loading.FULLEST, false, List.of()));
    }

    /** Between none and all: as many as are needed, in steps of an eighth of the layers. */
    @Test
    void no_more_layers_are_offloaded_than_must_be() {
        Loading recomputing = new Loading(LLAMA_8B, Loading.rungs(Ladder.of(32), 0));
        TreeSet<Integer> offloaded = new TreeSet<>();
        long room = 16 * GIB;
        for (int tokens = 20_000; tokens < 150_000; tokens += 1_000) {
            MemoryPlan plan = plan(recomputing, room, tokens);
            int away = Math.min(32, plan.offloadLayers());
            offloaded.add(away);
            assertThat(bound(tokens, plan)).isLessThanOrEqualTo(room);
            if (away > 0 && plan.attentionGroups() == 1) {
                MemoryPlan fewer =
                        new MemoryPlan(MemoryPlan.ALL_LAYERS, 1024, 0, Math.max(0, away - 4), 1);
                assertThat(bound(tokens, fewer)).isGreaterThan(room);
            }
        }
        assertThat(offloaded).contains(0, 4, 8, 12, 16, 20, 24, 28, 32);
    }

    /** Smaller tiles are for few tokens: of many, attention needs more than the MLP. */
    @Test
    void each_rung_of_the_ladder_needs_less_than_the_one_before() {
        List<Ladder.Rung> recomputing = Loading.rungs(Ladder.of(32), 0);
        List<Ladder.Rung> keeping = Ladder.of(32).stream()
                .filter(rung -> rung.plan().keepAttention())
                .toList();
        assertThat(keeping).hasSize(5);
        for (List<Ladder.Rung> ladder : List.of(recomputing, keeping)) {
            for (int i = 1; i < ladder.size(); i++) {
                int tokens = ladder.get(i).plan().mlpTileTokens() == 0 ? 30_000 : 6_000;
                assertThat(LLAMA_8B.workBytes(CARD, tokens, ladder.get(i).plan()))
                        .as("%s", ladder.get(i))
                        .isLessThan(LLAMA_8B.workBytes(
                                CARD, tokens, ladder.get(i - 1).plan()));
                assertThat(ladder.get(i).cost()).isGreaterThan(ladder.get(i - 1).cost());
            }
        }
        assertThat(Loading.rungs(Ladder.of(1), 0)).hasSize(2 + 1 + 4);
        assertThat(Ladder.of(1)).hasSize(2 + 1 + 4 + 2);
        assertThat(Ladder.of(32)).hasSize(21 + 5);
    }

    /** What it needs beyond its twin is o and log-sum-exp, of every layer on the card. */
    @Test
    void a_plan_that_keeps_attention_needs_more_than_the_one_behind_it() {
        List<Ladder.Rung> ladder = Ladder.of(32);
        for (int i = 0; i < ladder.size(); i++) {
            if (ladder.get(i).plan().keepAttention()) {
                MemoryPlan next = ladder.get(i + 1).plan();
                MemoryPlan twin = ladder.get(i).plan().withKeepAttention(false);
                assertThat(next).isEqualTo(twin);
                assertThat(LLAMA_8B.workBytes(CARD, 30_000, ladder.get(i).plan()))
                        .isGreaterThan(LLAMA_8B.workBytes(CARD, 30_000, next));
            }
        }
    }

    /** Whatever room there is: never for short sequences, and for long ones as soon as it fits. */
    @Test
    void attention_is_kept_for_long_sequences_alone() {
        for (long gib = 1; gib <= 64; gib *= 2) {
            assertThat(plan(gib * GIB, 2_048).keepAttention()).isFalse();
            assertThat(choose(gib * GIB, 1 << 20).plan().keepAttention()).isFalse();
        }
        for (int tokens : new int[] {16_384, 27_000, 65_536, 131_072}) {
            int kept = 0;
            for (int gib = 2; gib <= 128; gib++) {
                MemoryPlan plan = plan(gib * GIB, tokens);
                MemoryPlan leanest =
                        new MemoryPlan(MemoryPlan.ALL_LAYERS, 1024, 2048, MemoryPlan.ALL_LAYERS, 1);
                boolean fits = bound(tokens, leanest.withKeepAttention(true)) <= gib * GIB;
                if (!fits) {
                    assertThat(plan.keepAttention()).isFalse();
                }
                kept += plan.keepAttention() ? 1 : 0;
            }
            System.out.printf("%d tokens: attention is kept in %d of 127 rooms%n", tokens, kept);
            assertThat(kept).as("rooms for %d tokens", tokens).isPositive();
        }
    }
}
