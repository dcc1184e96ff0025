package dev.plimsoll.model.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;

class MemoryForecastTest {

    private static final double GIB = 1L << 30;
    private static final long MIB = 1L << 20;
    private static final PeakModel LLAMA_8B = PeakModel.of(
            RandomModel.shape("8b"),
            new LoraSettings(16, 32, false, EnumSet.allOf(Projection.class)));

    /** A card whose micro-batches need scale · prior + offset, with normal relative noise. */
    private record Truth(double scale, double offsetMib, double noise) {
        long work(long prior, SplittableRandom random) {
            return Math.round(
                    (scale * prior + offsetMib * MIB) * (1 + noise * random.nextGaussian()));
        }
    }

    /** As where what is in use was told wrongly: the offset is less than a small one needs. */
    @Test
    void a_small_micro_batch_beside_a_wrong_offset_makes_no_margin_that_nothing_fits() {
        MemoryForecast forecast = MemoryForecast.START;
        for (int i = 0; i < 100; i++) {
            long prior = (400 + 20 * i) * MIB;
            forecast = forecast.learn(prior, prior - 330 * MIB);
        }
        assertThat(forecast.expected(300 * MIB)).isLessThan(75 * MIB);
        forecast = forecast.learn(300 * MIB, 300 * MIB);
        forecast = forecast.learn(10 * MIB, 900 * MIB);
        assertThat(forecast.margin()).isLessThan(4.1);
    }

    /** A neighbour takes 60 GiB for a moment, and a small micro-batch is refused in all of them. */
    @ParameterizedTest
    @CsvSource({"10", "50", "300"})
    void one_far_point_at_a_small_prior_leaves_the_large_ones_as_they_were(int healthy) {
        SplittableRandom random = new SplittableRandom(3);
        Truth truth = new Truth(1.02, 60, 0.002);
        MemoryForecast forecast = MemoryForecast.START;
        for (int i = 0; i < healthy; i++) {
            long prior = random.nextLong(48L << 30, 58L << 30);
            forecast = forecast.learn(prior, truth.work(prior, random));
        }
        long large = 54L << 30;
        double before = forecast.bound(large);
        forecast = forecast.learn(2L << 30, 60L << 30);
        assertThat(forecast.bound(large) / before).isBetween(0.98, 1.2);
        for (int i = 0; i < 100; i++) {
            long prior = random.nextLong(48L << 30, 58L << 30);
            long work = truth.work(prior, random);
            assertThat(work).isLessThan(forecast.bound(prior));
            forecast = forecast.learn(prior, work);
        }
        assertThat(forecast.bound(large) / before).isBetween(0.98, 1.05);
    }

    @ParameterizedTest
    @CsvSource({"2000, 2", "4000, 2", "5000, 10"})
    void a_need_that_is_really_far_away_is_learned_in_a_few_micro_batches(int mib, int most) {
        MemoryForecast forecast = MemoryForecast.START;
        for (int i = 0; i < 50; i++) {
            forecast = forecast.learn((1_000L + 10 * i) * MIB, (1_000L + 10 * i) * MIB);
        }
        int refused = 0;
        while (forecast.bound(1_200 * MIB) < mib * MIB) {
            forecast = forecast.learn(1_200 * MIB, mib * MIB);
            refused++;
        }
        assertThat(refused).isLessThanOrEqualTo(most);
    }

    private static long prior(SplittableRandom random) {
        return random.nextLong(200 * MIB, 20_000 * MIB);
    }

    @ParameterizedTest
    @CsvSource({"1, 0, 0.002", "1.15, 40, 0.003", "0.9, 100, 0.003", "1.3, -20, 0.001"})
    void after_twenty_micro_batches_the_error_is_a_percent_and_three_at_the_99th(
            double scale, double offsetMib, double noise) {
        SplittableRandom random = new SplittableRandom(1);
        Truth truth = new Truth(scale, offsetMib, noise);
        MemoryForecast forecast = MemoryForecast.START;
        List<Double> errors = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            long prior = prior(random);
            long work = truth.work(prior, random);
            if (i >= 20) {
                errors.add(Math.abs((double) work / forecast.expected(prior) - 1));
            }
            forecast = forecast.learn(prior, work);
        }
        Collections.sort(errors);
        assertThat(errors.get(errors.size() / 2)).isLessThan(0.01);
        assertThat(errors.get(errors.size() * 99 / 100)).isLessThan(0.03);
    }

    @Test
    void no_more_than_the_missed_part_exceeds_the_bound_which_stays_close() {
        SplittableRandom random = new SplittableRandom(2);
        Truth truth = new Truth(1.1, 30, 0.01);
        MemoryForecast forecast = MemoryForecast.START;
        int missed = 0;
        int aboveExpected = 0;
        int tries = 20_000;
        for (int i = 0; i < tries; i++) {
            long prior = prior(random);
            long work = truth.work(prior, random);
            missed += work > forecast.bound(prior) ? 1 : 0;
            aboveExpected += work > forecast.expected(prior) ? 1 : 0;
            forecast = forecast.learn(prior, work);
        }
        assertThat((double) missed / tries).isLessThan(2 * MemoryForecast.MISS);
        assertThat((double) aboveExpected / tries).as("without a margin").isBetween(0.4, 0.6);
        assertThat(forecast.margin()).isBetween(1.02, 1.05);
    }

    @Test
    void nothing_known_means_a_quarter_more_and_one_miss_widens_the_margin() {
        assertThat(MemoryForecast.START.bound(1000)).isEqualTo(1250);
        MemoryForecast calm = MemoryForecast.START;
        for (int i = 0; i < 50; i++) {
            calm = calm.learn(1_000 * MIB, 1_000 * MIB);
        }
        assertThat(calm.margin()).isCloseTo(1.005, within(0.001));
        assertThat(calm.learn(1_000 * MIB, 1_200 * MIB).margin()).isGreaterThan(1.19);
    }

    @Test
    void micro_batches_that_are_all_alike_leave_the_other_sizes_as_they_were() {
        MemoryForecast forecast = MemoryForecast.START;
        for (int i = 0; i < 5_000; i++) {
            forecast = forecast.learn(1_000 * MIB, 1_100 * MIB);
        }
        assertThat((double) forecast.expected(1_000 * MIB) / MIB).isCloseTo(1_100, within(1.0));
        assertThat((double) forecast.expected(10_000 * MIB) / MIB).isBetween(10_000.0, 11_100.0);
        assertThat(forecast.fit().slopeVariance()).isFinite().isPositive();
        assertThat(forecast.ratios()).hasSize(MemoryForecast.WINDOW);
    }

    @Test
    void what_cannot_be_is_not_learned() {
        assertThat(MemoryForecast.START.learn(0, 5)).isEqualTo(MemoryForecast.START);
        assertThat(MemoryForecast.START.learn(5, 0)).isEqualTo(MemoryForecast.START);
    }

    /**
     * What an H100 needed beyond the memory at rest, in GiB (gpu-worker/README.md), before anything
     * is learned.
     */
    @ParameterizedTest
    @CsvSource({
        "bf16, 8192, 0, 23.53",
        "bf16, 8192, 16, 13.00",
        "bf16, 8192, 32, 2.94",
        "bf16, 512, 0, 1.58",
        "fp8, 8192, 0, 23.55",
        "nf4, 8192, 32, 2.94"
    })
    void the_prior_is_within_two_percent_of_what_a_card_showed(
            String precision, int tokens, int recomputed, double workGib) {
        WorkerDevice card = new WorkerDevice("cuda", "H100", precision, 80L << 30);
        long prior = LLAMA_8B.workBytes(card, tokens, new MemoryPlan(recomputed, 1024, 0));
        assertThat(MemoryForecast.START.expected(prior) / GIB)
                .isCloseTo(workGib, within(0.02 * workGib));
    }
}
