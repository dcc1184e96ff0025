package dev.plimsoll.model.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.protocol.MemoryPlan;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.SplittableRandom;

class SpeedForecastTest {

    private static final MemoryPlan NONE = new MemoryPlan(0, 1024, 0);
    private static final MemoryPlan HALF = new MemoryPlan(16, 1024, 0);
    private static final MemoryPlan ALL = new MemoryPlan(32, 1024, 0);

    private static Lengths of(int sequences, int length) {
        return new Lengths(sequences * length, (long) sequences * length * length);
    }

    /** pace and fixed in microseconds; attention's square as {@link PlantedCard} has it. */
    private static SpeedForecast after(PlantedCard card, int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        SpeedForecast speed = SpeedForecast.START;
        for (int i = 0; i < count; i++) {
            Lengths lengths = of(random.nextInt(1, 12), random.nextInt(100, 900));
            double first = i < SpeedForecast.WARM_UP ? 20 : 1;
            speed = speed.learn(
                    NONE, 1, lengths, Math.round(first * card.measured(NONE, lengths, random)));
        }
        return speed;
    }

    @ParameterizedTest
    @CsvSource({"60, 6000", "60, 50000", "300, 12000", "2, 6000"})
    void the_fixed_cost_is_found_behind_slow_first_ones_and_noise(double pace, double fixed) {
        SpeedForecast speed =
                after(new PlantedCard(0, fixed, pace, pace * 3e-5, 0, 0, 0, 0, 0.01), 300, 4);
        for (Lengths lengths : new Lengths[] {of(1, 300), of(2, 500), of(8, 500)}) {
            double planted = fixed + pace * lengths.tokens() + pace * 3e-5 * lengths.squares();
            assertThat((double) speed.expectedMicros(NONE, 1, lengths))
                    .isCloseTo(planted, within(0.04 * planted));
        }
    }

    @Test
    void nothing_known_or_nothing_measured_leaves_the_first_guess() {
        assertThat(SpeedForecast.START.fit().fixedTokens()).isEqualTo(SpeedFit.FIRST_FIXED);
        assertThat(SpeedForecast.START.expectedMicros(NONE, 1, of(1, 9))).isZero();
        assertThat(SpeedForecast.START.learn(NONE, 1, of(1, 5), 0)).isSameAs(SpeedForecast.START);
    }

    /** Whatever it took: how much less a square costs under them is only guessed. */
    @Test
    void a_plan_that_keeps_attention_changes_nothing_that_is_known_of_others() {
        MemoryPlan keeps = ALL.withKeepAttention(true);
        Lengths lengths = new Lengths(27_000, 552_000_000);
        SpeedForecast before = after(PlantedCard.H100, 50, 3);
        SpeedForecast after = before;
        for (int i = 0; i < 12; i++) {
            after = after.learn(keeps, 1.32, lengths, 2_500_000);
        }
        for (int tokens : new int[] {300, 1_500, 10_000}) {
            Lengths others = new Lengths(tokens, 300L * tokens);
            double known = before.expectedMicros(NONE, 1, others);
            assertThat((double) after.expectedMicros(NONE, 1, others))
                    .isCloseTo(known, within(0.01 * known));
        }
        assertThat((double) after.expectedMicros(keeps, 1.32, lengths))
                .isCloseTo(2_500_000, within(100_000.0));
    }

    @Test
    void nothing_but_a_plan_that_keeps_attention_is_measured() {
        MemoryPlan keeps = ALL.withKeepAttention(true);
        SpeedForecast speed = SpeedForecast.START;
        for (int i = 0; i < 20; i++) {
            int tokens = 20_000 + 500 * i;
            Lengths lengths = new Lengths(tokens, (long) tokens * tokens / 2);
            speed = speed.learn(keeps, 1.32, lengths, 70L * tokens + tokens / 1000L * tokens);
        }
        assertThat((double) speed.expectedMicros(keeps, 1.32, new Lengths(25_000, 312_500_000)))
                .isCloseTo(2_375_000, within(60_000.0));
    }

    @Test
    void micro_batches_that_are_all_alike_keep_it_sane() {
        SpeedForecast speed = SpeedForecast.START;
        for (int i = 0; i < 5_000; i++) {
            speed = speed.learn(NONE, 1, of(2, 500), 100_000);
        }
        assertThat(speed.expectedMicros(NONE, 1, of(2, 500))).isBetween(99_000L, 101_000L);
        assertThat(speed.fit().fixedTokens()).isBetween(0.0, 1_000.0);
        assertThat(speed.measured(NONE)).isEqualTo(PlanTimings.WINDOW);
    }

    /** A sequence of 8,192 tokens takes longer than four of 2,048. */
    @Test
    void attention_costs_the_square_of_a_sequence() {
        SplittableRandom random = new SplittableRandom(2);
        SpeedForecast speed = SpeedForecast.START;
        for (int i = 0; i < 60; i++) {
            Lengths lengths = i % 2 == 0 ? of(4, 2_048) : of(1, 8_192);
            speed = speed.learn(NONE, 1, lengths, PlantedCard.H100.measured(NONE, lengths, random));
        }
        for (Lengths lengths : new Lengths[] {of(4, 2_048), of(1, 8_192), of(2, 6_000)}) {
            double planted = PlantedCard.H100.micros(NONE, lengths);
            assertThat((double) speed.expectedMicros(NONE, 1, lengths))
                    .isCloseTo(planted, within(0.03 * planted));
        }
    }

    /** The ladder says 1.32; the card says 1.6, and half as many layers cost half as much more. */
    @Test
    void a_plans_own_cost_outweighs_the_guess_and_corrects_its_neighbours() {
        SpeedForecast speed = SpeedForecast.START;
        for (int i = 0; i < 24; i++) {
            Lengths lengths = of(2 + i % 5, 500);
            double shape = 5_000 + 60.0 * lengths.tokens();
            speed = speed.learn(NONE, 1, lengths, Math.round(shape));
            speed = speed.learn(ALL, 1.32, lengths, Math.round(1.6 * shape));
        }
        double none = speed.expectedMicros(NONE, 1, of(4, 500));
        assertThat(speed.expectedMicros(ALL, 1.32, of(4, 500)) / none).isCloseTo(1.6, within(0.04));
        assertThat(speed.expectedMicros(HALF, 1.16, of(4, 500)) / none)
                .isCloseTo(1.3, within(0.06));
    }

    /** Every fourth takes twice as long as it should, for a reason of its own. */
    @Test
    void outliers_change_nothing_that_matters() {
        SpeedForecast speed = SpeedForecast.START;
        for (int i = 0; i < 200; i++) {
            Lengths lengths = of(1 + i % 7, 500);
            double shape = 5_000 + 60.0 * lengths.tokens();
            speed = speed.learn(NONE, 1, lengths, Math.round(i % 4 == 0 ? 2 * shape : shape));
        }
        assertThat((double) speed.expectedMicros(NONE, 1, of(4, 500)))
                .isCloseTo(125_000, within(0.03 * 125_000));
    }

    @Test
    void a_card_that_became_slower_is_believed_within_a_window() {
        SpeedForecast speed = after(PlantedCard.H100, 100, 1);
        for (int i = 0; i < PlanTimings.WINDOW; i++) {
            Lengths lengths = of(3 + i % 3, 500);
            speed = speed.learn(
                    NONE, 1, lengths, Math.round(2 * PlantedCard.H100.micros(NONE, lengths)));
        }
        double slow = 2 * PlantedCard.H100.micros(NONE, of(4, 500));
        assertThat((double) speed.expectedMicros(NONE, 1, of(4, 500)))
                .isCloseTo(slow, within(0.03 * slow));
    }

    /** As a snapshot keeps it; one of an earlier version, which drew one line, begins anew. */
    @Test
    void it_is_the_same_to_the_bit_after_a_snapshot() throws JsonProcessingException {
        SpeedForecast speed = after(PlantedCard.H100, 50, 7);
        SpeedForecast read = Json.mapper()
                .readValue(Json.mapper().writeValueAsString(speed), SpeedForecast.class);
        for (int length : new int[] {1, 700, 27_000}) {
            assertThat(read.fit().time(ALL, 1.32, of(2, length)))
                    .isEqualTo(speed.fit().time(ALL, 1.32, of(2, length)));
        }
        SpeedForecast old = Json.mapper()
                .readValue(
                        "{\"pace\":57.5,\"fit\":{\"slope\":1.0,\"intercept\":256.0},\"seen\":9}",
                        SpeedForecast.class);
        assertThat(old.seen()).isEqualTo(9);
        assertThat(old.expectedMicros(NONE, 1, of(1, 100))).isZero();
    }
}
