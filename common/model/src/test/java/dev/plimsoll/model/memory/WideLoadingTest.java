package dev.plimsoll.model.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plimsoll.model.memory.Loading.Load;
import dev.plimsoll.model.memory.Loading.Planned;
import dev.plimsoll.model.memory.WideRoom.CardRoom;
import dev.plimsoll.wire.protocol.CardPart;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerCard;
import dev.plimsoll.wire.protocol.WorkerDevice;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/** An 8B of 32 layers on two, three and eight cards. */
class WideLoadingTest {

    private static final long GIB = 1L << 30;
    private static final PeakModel LLAMA_8B = SimulatedLoop.LLAMA_8B;
    private static final WideLoading LOADING = new Loading(LLAMA_8B).wide();
    private static final int LIMIT = 1 << 20;
    private static final WorkerDevice TWO = split(17, 15);

    /** @param layers of each card */
    static WorkerDevice split(int... layers) {
        List<WorkerCard> cards = new ArrayList<>();
        int first = 0;
        for (int i = 0; i < layers.length; i++) {
            cards.add(
                    new WorkerCard(i, "card", 0, first, layers[i], i == 0, i == layers.length - 1));
            first += layers[i];
        }
        return new WorkerDevice("cuda", "cards", "bf16", 0, cards);
    }

    private static WideRoom room(WorkerDevice device, long... bytes) {
        return new WideRoom(
                device,
                Arrays.stream(bytes)
                        .mapToObj(b -> new CardRoom(MemoryForecast.START, b))
                        .toList(),
                SpeedForecast.START);
    }

    private static Load choose(WideRoom room, int wanted, int longest) {
        return LOADING.choose(room, wanted, LIMIT, longest, Exploration.NEVER);
    }

    private static Planned plan(WideRoom room, List<Integer> lengths) {
        Load load = choose(room, lengths.stream().mapToInt(i -> i).sum(), Collections.max(lengths));
        return LOADING.plan(room, load, lengths, LIMIT, Exploration.NEVER);
    }

    private static void requireUnderEveryLine(
            WideRoom room, List<Integer> lengths, MemoryPlan plan) {
        List<Long> priors = LOADING.priorBytes(room.device(), lengths, plan);
        for (int card = 0; card < priors.size(); card++) {
            assertThat(room.cards().get(card).memory().bound(priors.get(card)))
                    .as("card %d under %s", card, plan)
                    .isLessThanOrEqualTo(room.cards().get(card).bytes());
        }
    }

    private static List<Integer> shuffled(SplittableRandom random, int count, int longest) {
        List<Integer> lengths = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lengths.add(random.nextInt(50, longest + 1));
        }
        lengths.sort(Collections.reverseOrder());
        return lengths;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8})
    void every_card_stays_under_its_own_line(int cards) {
        SplittableRandom random = new SplittableRandom(cards);
        int[] layers = new int[cards];
        Arrays.fill(layers, 32 / cards);
        layers[0] += 32 % cards;
        for (int round = 0; round < 50; round++) {
            long[] bytes = random.longs(cards, GIB, 12 * GIB).toArray();
            WideRoom room = room(split(layers), bytes);
            List<Integer> lengths = shuffled(random, 24, 900);
            requireUnderEveryLine(room, lengths, plan(room, lengths).plan());
        }
    }

    @Test
    void with_room_nothing_is_recomputed_and_the_cards_get_several_chunks_of_like_sizes() {
        WideRoom room = room(TWO, 60 * GIB, 60 * GIB);
        List<Integer> lengths = Collections.nCopies(16, 512);
        MemoryPlan plan = plan(room, lengths).plan();
        assertThat(plan.cards()).containsExactly(new CardPart(0, 0), new CardPart(0, 0));
        Chunks chunks = Chunks.of(lengths, plan.pipelineTokens());
        assertThat(chunks.count()).isBetween(4, 8);
        assertThat(chunks.each())
                .allSatisfy(chunk ->
                        assertThat(chunk.tokens()).isCloseTo(8192 / chunks.count(), within(512)));
    }

    @Test
    void one_card_with_little_room_saves_more_than_the_others() {
        WideRoom room = room(TWO, 60 * GIB, 2 * GIB);
        List<Integer> lengths = Collections.nCopies(16, 512);
        MemoryPlan plan = plan(room, lengths).plan();
        requireUnderEveryLine(room, lengths, plan);
        assertThat(plan.cards().getFirst()).isEqualTo(new CardPart(0, 0));
        assertThat(plan.cards().getLast().recomputeLayers()).isPositive();
    }

    /** The first card holds more chunks under way than the last, so equal lines bind it first. */
    @Test
    void the_first_card_saves_first() {
        List<CardPart> parts = plan(
                        room(split(16, 16), 3 * GIB, 3 * GIB), Collections.nCopies(32, 512))
                .plan()
                .cards();
        assertThat(parts.getFirst().recomputeLayers())
                .isGreaterThan(parts.getLast().recomputeLayers());
    }

    /** What one card cannot save is saved by smaller chunks, and not by a smaller micro-batch. */
    @Test
    void with_less_room_the_chunks_become_smaller_and_the_micro_batch_does_not() {
        int before = Integer.MAX_VALUE;
        for (long megabytes : new long[] {4000, 130}) {
            WideRoom room = room(TWO, megabytes << 20, megabytes << 20);
            Load load = choose(room, 16_384, 256);
            assertThat(load.maxTokens()).isEqualTo(16_384);
            List<Integer> lengths = Collections.nCopies(64, 256);
            MemoryPlan plan =
                    LOADING.plan(room, load, lengths, LIMIT, Exploration.NEVER).plan();
            requireUnderEveryLine(room, lengths, plan);
            int chunk = Chunks.of(lengths, plan.pipelineTokens()).mostTokens();
            assertThat(chunk).isLessThanOrEqualTo(before);
            before = chunk;
        }
        assertThat(before).isLessThan(1024);
    }

    @Test
    void a_token_limit_is_one_of_chunks() {
        WideRoom room = room(TWO, 60 * GIB, 60 * GIB);
        List<Integer> lengths = Collections.nCopies(64, 100);
        Load load = LOADING.choose(room, 6_400, 300, 100, Exploration.NEVER);
        MemoryPlan plan =
                LOADING.plan(room, load, lengths, 300, Exploration.NEVER).plan();
        assertThat(load.maxTokens()).isEqualTo(6_400);
        assertThat(Chunks.of(lengths, plan.pipelineTokens()).mostTokens()).isLessThanOrEqualTo(300);
    }

    @Test
    void a_sequence_that_would_make_others_save_goes_alone() {
        WideRoom room = room(TWO, 6 * GIB, 6 * GIB);
        Load load = choose(room, 60_000, 28_000);
        assertThat(load.maxTokens()).isLessThan(28_000);
        MemoryPlan plan = LOADING.plan(room, load, List.of(28_000), LIMIT, Exploration.NEVER)
                .plan();
        requireUnderEveryLine(room, List.of(28_000), plan);
        assertThat(choose(room, 60_000, 500).maxTokens()).isEqualTo(60_000);
    }

    @Test
    void what_fits_under_no_plan_is_tried_under_the_fullest() {
        WideRoom room = room(TWO, 60 * GIB, 1 << 20);
        assertThat(choose(room, 4_096, 1_000))
                .isEqualTo(new Load(1, Loading.FULLEST, false, List.of()));
        assertThat(plan(room, List.of(1_000)).plan()).isEqualTo(Loading.FULLEST);
        assertThat(LOADING.mostTokensFullest(room, 4_096)).isLessThan(10);
        assertThat(LOADING.mostTokensFullest(room(TWO, GIB, GIB), 4_096)).isBetween(1_000, 4_096);
    }

    /** C equal chunks on S cards take the time of C + S − 1. */
    @Test
    void the_time_that_is_learned_has_the_bubble_in_it() {
        MemoryPlan roomy = new MemoryPlan(0, 1024, 0);
        MemoryPlan chunked = new MemoryPlan(0, 1024, 0, 0, 1, 1024, List.of());
        List<Integer> lengths = Collections.nCopies(8, 1024);
        WorkerDevice even = split(16, 16);
        double share = (16 + LLAMA_8B.headLayers()) / (32 + LLAMA_8B.headLayers());
        int chunk = 1024 + WidePlans.CHUNK_TOKENS;
        assertThat(LOADING.timed(even, lengths, chunked).lengths().tokens())
                .isCloseTo((int) (share * 9 * chunk), within(1));
        assertThat(LOADING.timed(even, lengths, roomy).lengths().tokens())
                .isCloseTo((int) (share * 2 * (8192 + WidePlans.CHUNK_TOKENS)), within(1));
        assertThat(LOADING.timed(even, lengths, roomy).plan()).isEqualTo(Loading.ROOMY);
        assertThat(LOADING.timed(even, lengths, Loading.FULLEST).plan()).isEqualTo(Loading.FULLEST);
    }

    /** The speed forecast knows a plan by what its slowest card does. */
    @Test
    void a_plan_is_known_by_its_slowest_card() {
        MemoryPlan first = new MemoryPlan(
                0, 1024, 0, 0, 1, 512, List.of(new CardPart(16, 0), new CardPart(0, 0)));
        MemoryPlan last = new MemoryPlan(
                0, 1024, 0, 0, 1, 512, List.of(new CardPart(0, 0), new CardPart(8, 0)));
        WorkerDevice even = split(16, 16);
        assertThat(LOADING.timed(even, List.of(512), first).plan())
                .isEqualTo(new MemoryPlan(32, 1024, 0));
        assertThat(LOADING.timed(even, List.of(512), last).plan())
                .isEqualTo(new MemoryPlan(16, 1024, 0));
    }

    /** As on one card: where it fits, and never for short ones. */
    @Test
    void attention_is_kept_for_long_sequences_alone() {
        int kept = 0;
        for (long gib = 3; gib <= 60; gib += 3) {
            WideRoom room = room(TWO, gib * GIB, gib * GIB);
            List<Integer> longOnes = List.of(27_000, 26_000);
            MemoryPlan plan = plan(room, longOnes).plan();
            requireUnderEveryLine(room, longOnes, plan);
            if (plan.keepAttention()) {
                assertThat(plan.cards()).anyMatch(part -> part.recomputeLayers() > 0);
                kept++;
            }
            assertThat(plan(room, Collections.nCopies(16, 512)).plan().keepAttention())
                    .isFalse();
        }
        System.out.printf("two long samples on two cards: attention is kept in %d of 20%n", kept);
        assertThat(kept).isBetween(5, 19);
    }

    /** Of a square less is learned where attention is not recomputed. */
    @Test
    void what_is_learned_of_a_plan_that_keeps_attention_is_its_own() {
        WorkerDevice even = split(16, 16);
        MemoryPlan all = new MemoryPlan(
                0, 1024, 0, 0, 1, 0, List.of(new CardPart(16, 0), new CardPart(16, 0)));
        Timed recomputed = LOADING.timed(even, List.of(27_000), all);
        Timed keeps = LOADING.timed(even, List.of(27_000), all.withKeepAttention(true));
        assertThat(keeps.plan()).isEqualTo(new MemoryPlan(32, 1024, 0).withKeepAttention(true));
        assertThat(keeps.cost()).isEqualTo(recomputed.cost());
        assertThat(keeps.lengths().tokens()).isEqualTo(recomputed.lengths().tokens());
        assertThat(keeps.lengths().squares() * keeps.cost())
                .isCloseTo(recomputed.lengths().squares(), within(2.0));
        MemoryPlan none = new MemoryPlan(
                0, 1024, 0, 0, 1, 0, List.of(new CardPart(0, 0), new CardPart(0, 0)), true);
        assertThat(LOADING.timed(even, List.of(27_000), none).plan()).isEqualTo(Loading.ROOMY);
    }

    @Test
    void it_explores_plans_beside_the_best_one_and_says_so() {
        WideRoom room = room(TWO, 3 * GIB, 3 * GIB);
        List<Integer> lengths = Collections.nCopies(32, 512);
        List<MemoryPlan> taken = new ArrayList<>();
        for (int number = 1; number <= 24; number++) {
            Exploration exploration = new Exploration(number);
            Load load = LOADING.choose(room, 16_384, LIMIT, 512, exploration);
            MemoryPlan plan =
                    LOADING.plan(room, load, lengths, LIMIT, exploration).plan();
            requireUnderEveryLine(room, lengths, plan);
            taken.add(LOADING.timed(TWO, lengths, plan).plan());
        }
        assertThat(taken.stream().distinct().count()).isGreaterThan(1);
    }
}
