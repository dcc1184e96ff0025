package dev.plimsoll.model.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.SplittableRandom;

/** The loop on simulated cards whose best plan is planted. All figures here are simulated. */
@Tag("slow")
class RegretSimulationTest {

    private static final int KNOWN_AFTER = 100;

    /** From cards where recomputing is dear to cards where a micro-batch is. */
    @ParameterizedTest
    @CsvSource({
        "H100 as measured,  0,    5000,  56.6, 0.0015, 0.24, 0.005, 0.007, 0.005, 4600000000",
        "a slow host,  0,       120000,  56.6, 0.0015, 0.24, 0.005, 0.007, 0.005, 4600000000",
        "narrow link,  0,         5000,  56.6, 0.0015, 0.33, 0.020, 0.600, 0.050, 4600000000",
        "dear recompute,  0,      1000, 300.0, 0.0100, 0.60, 0.100, 0.100, 0.200, 4600000000",
        "free recompute,  0,     30000,  56.6, 0.0015, 0.05, 0.005, 0.300, 0.300, 4600000000",
        "slow launches,  40000,   5000,  56.6, 0.0015, 0.24, 0.005, 0.007, 0.005, 4600000000",
        "40 GB,  0,               5000,  56.6, 0.0015, 0.24, 0.005, 0.007, 0.005, 18000000000"
    })
    void after_a_hundred_micro_batches_little_is_lost(
            String name,
            double least,
            double fixed,
            double pace,
            double square,
            double recomputed,
            double tiled,
            double offloaded,
            double grouped,
            long roomBytes) {
        for (boolean longOnes : new boolean[] {false, true}) {
            PlantedCard card = new PlantedCard(
                    least, fixed, pace, square, recomputed, tiled, offloaded, grouped, 0.01);
            SimulatedLoop loop = new SimulatedLoop(card, roomBytes, 3);
            SimulatedLoop.steps(60, 64, longOnes, 5).forEach(loop::step);
            double planted = loop.plantedRegret(KNOWN_AFTER);
            System.out.printf(
                    "simulated %s%s: %d micro-batches, regret %.2f %% after the first %d, told as"
                            + " %.2f %%, of the first %.2f %%%n",
                    name,
                    longOnes ? ", 1 % long ones" : "",
                    loop.trained.size(),
                    100 * planted,
                    KNOWN_AFTER,
                    100 * loop.regret.part(),
                    100 * loop.plantedRegret(0));
            assertThat(planted).as(name).isLessThan(0.03);
            assertThat(loop.regret.part()).as("told of " + name).isLessThan(0.06);
        }
    }

    /** On a card of 24 GB nearly all is offloaded for the long ones, on one of 40 GB little is. */
    @ParameterizedTest
    @CsvSource({"24, 4600000000", "40, 18000000000"})
    void keeping_attention_makes_mixed_lengths_faster(int gigabytes, long roomBytes) {
        List<int[]> steps = SimulatedLoop.steps(60, 64, true, 5);
        List<Ladder.Rung> recomputing = Loading.rungs(Ladder.of(PlantedCard.LAYERS), 0);
        SimulatedLoop before = new SimulatedLoop(PlantedCard.H100, roomBytes, 3, recomputing);
        SimulatedLoop after = new SimulatedLoop(PlantedCard.H100, roomBytes, 3);
        steps.forEach(before::step);
        steps.forEach(after::step);
        System.out.printf(
                "simulated, %d GB, 1 %% of 24k to 28k: %.0f tokens/s, and %.0f (%.1f %% more) with"
                        + " attention kept; long ones %.0f and %.0f, short ones %.0f and %.0f%n",
                gigabytes,
                before.tokensPerSecond(),
                after.tokensPerSecond(),
                100 * (after.tokensPerSecond() / before.tokensPerSecond() - 1),
                before.tokensPerSecond(true),
                after.tokensPerSecond(true),
                before.tokensPerSecond(false),
                after.tokensPerSecond(false));
        assertThat(after.tokensPerSecond(true)).isGreaterThan(1.04 * before.tokensPerSecond(true));
        assertThat(after.tokensPerSecond(false))
                .isGreaterThan(0.995 * before.tokensPerSecond(false));
        assertThat(after.trained)
                .filteredOn(one -> one.lengths().tokens() < 4_096 && one.plan().keepAttention())
                .isEmpty();
    }

    /**
     * All samples as long: the longer, the more; where it does not fit or is not worth it, nothing.
     */
    @ParameterizedTest
    @CsvSource({
        "24, 4600000000, 3000, 6000, -0.005",
        "24, 4600000000, 6000, 12000, 0.01",
        "24, 4600000000, 24000, 28000, 0.06",
        "40, 18000000000, 20000, 130000, 0.1",
        "80, 60000000000, 24000, 28000, 0.005",
        "80, 60000000000, 20000, 130000, 0.1",
        "140, 110000000000, 24000, 28000, -0.005"
    })
    void keeping_attention_gains_with_the_length_and_loses_nowhere(
            int gigabytes, long roomBytes, int least, int most, double gain) {
        SimulatedLoop before = new SimulatedLoop(
                PlantedCard.H100, roomBytes, 3, Loading.rungs(Ladder.of(PlantedCard.LAYERS), 0));
        SimulatedLoop after = new SimulatedLoop(PlantedCard.H100, roomBytes, 3);
        SplittableRandom random = new SplittableRandom(4);
        for (int step = 0; step < 30; step++) {
            int[] lengths = random.ints(16, least, most + 1).toArray();
            before.step(lengths);
            after.step(lengths);
        }
        double gained = after.tokensPerSecond() / before.tokensPerSecond() - 1;
        System.out.printf(
                "simulated, %d GB, all of %d to %d tokens: %.0f tokens/s, and %.0f (%.1f %%) with"
                        + " attention kept%n",
                gigabytes,
                least,
                most,
                before.tokensPerSecond(),
                after.tokensPerSecond(),
                100 * gained);
        assertThat(gained).isGreaterThan(gain);
    }

    @Test
    void the_loop_against_the_best_fixed_batch() {
        List<int[]> steps = SimulatedLoop.steps(12, 64, true, 5);
        SimulatedLoop loop = new SimulatedLoop(PlantedCard.H100, SimulatedLoop.ROOM_OF_24_GB, 3);
        steps.forEach(loop::step);
        double best = 0;
        String name = "";
        for (int samples : new int[] {1, 2, 4, 8, 16, 32, 64}) {
            for (Ladder.Rung rung : Ladder.of(PlantedCard.LAYERS)) {
                double speed = SimulatedLoop.fixedBatch(
                        PlantedCard.H100, SimulatedLoop.ROOM_OF_24_GB, steps, samples, rung.plan());
                if (speed > best) {
                    best = speed;
                    name = samples + " samples, " + rung.plan();
                }
            }
        }
        System.out.printf(
                "simulated, 24 GB, 1 %% of 24k to 28k: %.0f tokens/s, the best fixed batch %.0f"
                        + " (%s): %.2f times%n",
                loop.tokensPerSecond(), best, name, loop.tokensPerSecond() / best);
        assertThat(loop.tokensPerSecond() / best).isGreaterThan(1.05);
    }
}
