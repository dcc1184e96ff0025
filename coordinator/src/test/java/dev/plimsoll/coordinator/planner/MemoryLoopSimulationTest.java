package dev.plimsoll.coordinator.planner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.testkit.LinearPeaks;
import dev.plimsoll.coordinator.testkit.SimulatedCard;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.TrainMeasures;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.SplittableRandom;

/**
 * The planner and one worker with a simulated card, seed by seed: needs that differ from the
 * model's by a scale, an offset and noise, an allocator that reserves a little more than is live
 * and keeps it, long sequences among short ones, and an invader that takes what is free until it
 * has what it wants, and gives it back. -Dplimsoll.memory.seeds=N for more.
 */
class MemoryLoopSimulationTest {

    private static final int SEEDS = Integer.getInteger("plimsoll.memory.seeds", 24);
    private static final int STEPS = 12;
    private static final int SAMPLES = 300;
    private static final int LEARNING = 20;
    /** Of micro-batches, may need more than was forecast: what the margin is a quantile of. */
    private static final double MISS = 0.005;

    /**
     * Micro-batches until an invader has what it wants, at most: the reserve is a 64th of the card,
     * and doubles with each.
     */
    private static final int PATIENCE = 12;

    private static final String WORKER = "a";

    /** Over all seeds. */
    private int microBatches;

    private int learned;
    private int overfull;
    private int surprised;
    private double filled;
    private int full;
    private int longestWait;

    /** What a worker or its allocator may leave undone, to see that it is noticed. */
    private enum Plant {
        NOTHING,
        RECALLS_IGNORED,
        NEVER_TRIMMED
    }

    private Plant plant = Plant.NOTHING;

    @Test
    @Tag("slow")
    void without_recalls_cards_are_overfilled() {
        plant = Plant.RECALLS_IGNORED;
        runSeeds(40);
        assertThat((double) overfull / learned).isGreaterThan(MISS);
    }

    @Test
    @Tag("slow")
    void without_trimming_an_invader_waits_for_ever() {
        plant = Plant.NEVER_TRIMMED;
        for (int seed = 0; seed < 100 && longestWait <= 2 * PATIENCE; seed++) {
            new Course(seed).run();
        }
        assertThat(longestWait).isGreaterThan(2 * PATIENCE);
    }

    private void runSeeds(int seeds) {
        for (int seed = 0; seed < seeds; seed++) {
            new Course(seed).run();
        }
    }

    @Test
    void cards_are_filled_and_not_overfilled_and_nothing_is_lost() {
        runSeeds(SEEDS);
        System.out.printf(
                "%d seeds, %d micro-batches: %d of %d overfull after the first %d, %d more "
                        + "because the invader took memory at"
                        + " work; those that memory bounded on steady cards filled %.1f %% of "
                        + "the line; an invader waited for %d at most%n",
                SEEDS,
                microBatches,
                overfull,
                learned,
                LEARNING,
                surprised,
                100 * filled / full,
                longestWait);
        assertThat(full).as("micro-batches that memory bounded").isGreaterThan(2 * SEEDS);
        assertThat((double) overfull / learned).isLessThan(MISS);
        assertThat(filled / full).isGreaterThan(0.95);
        assertThat(longestWait).isLessThanOrEqualTo(PATIENCE);
    }

    /** One seed. */
    private final class Course {
        private final int seed;
        private final SplittableRandom random;
        private final TestPlanner planner =
                new TestPlanner(TestPlanner.stepsOf(SAMPLES), 1, 1 << 20);
        private final long total;
        private final long weights;
        private final double scale;
        private final double noise;
        private final long offset;
        private final SimulatedCard card;
        private int restlessSince;
        private int waited;
        private int trained;

        Course(int seed) {
            this.seed = seed;
            random = new SplittableRandom(seed);
            total = random.nextLong(40_000_000, 400_000_000);
            weights = (long) (total * random.nextDouble(0.2, 0.6));
            scale = random.nextDouble(0.85, 1.2);
            offset = random.nextLong(0, total / 50);
            noise = random.nextDouble(0, steady() ? 0.005 : 0.02);
            card = new SimulatedCard(total, weights, random.nextDouble(0, 0.01));
        }

        /** As real cards are; the others are noisier than any that was measured. */
        private boolean steady() {
            return seed % 2 == 0;
        }

        void run() {
            planner.join(WORKER, "a-1");
            read();
            planner.ready(WORKER);
            for (int step = 0; step < STEPS; step++) {
                planner.samples(random.ints(SAMPLES, 0, 100)
                        .map(i -> i == 0 ? 200 : 5 + i / 3)
                        .toArray());
                requireNobodyOvertaken(step);
                train();
                planner.commit();
            }
            planner.requireReplays();
            assertThat(planner.records(JournalRecord.SampleRejected.class))
                    .as("seed " + seed)
                    .isEmpty();
            assertThat(planner.records(JournalRecord.StepCommitted.class)).hasSize(STEPS);
            double minutes = planner.nowMillis / 60_000.0;
            assertThat(planner.records(JournalRecord.MemoryLineChanged.class).size())
                    .as("changes of the line, seed " + seed)
                    .isLessThan((int) (10 + 60 * minutes));
        }

        /**
         * A step takes the samples that wait longest, all of them: nobody waits a step for a place.
         */
        private void requireNobodyOvertaken(int step) {
            for (int i = 0; i < SAMPLES; i++) {
                assertThat(planner.step().member((long) step * SAMPLES + i)).isNotNull();
            }
        }

        private void train() {
            List<LedgerEntry> underWay = planner.underWay(WORKER);
            while (!underWay.isEmpty()) {
                LedgerEntry entry = underWay.getFirst();
                planner.nowMillis += 100 + tokens(entry) / 5;
                invade();
                boolean surprise = card.take();
                Report report = work(entry, surprise);
                card.take();
                if (plant != Plant.NEVER_TRIMMED) {
                    card.rest();
                }
                read();
                planner.report(report);
                handBackWhatIsRecalled();
                underWay = planner.underWay(WORKER);
            }
        }

        /** The one in work is through; the other has not begun. */
        private void handBackWhatIsRecalled() {
            List<Command.Recall> recalls = planner.commands(Command.Recall.class);
            planner.commands.removeAll(recalls);
            for (Command.Recall recall :
                    plant == Plant.RECALLS_IGNORED ? List.<Command.Recall>of() : recalls) {
                planner.underWay(WORKER).stream()
                        .filter(entry -> entry.attempt().equals(recall.attempt()))
                        .findFirst()
                        .ifPresent(entry ->
                                planner.report(TestPlanner.failed(entry, FailureReason.RECALLED)));
            }
        }

        private Report work(LedgerEntry entry, boolean surprise) {
            microBatches++;
            int tokens = tokens(entry);
            long prior = LinearPeaks.OF_FOUR_LAYERS.workBytes(null, tokens, entry.plan());
            long peak = weights
                    + Math.round((scale * prior + offset) * (1 + noise * random.nextGaussian()));
            boolean fits = card.work(peak);
            if (trained >= LEARNING) {
                learned++;
                overfull += !fits && !surprise ? 1 : 0;
                surprised += !fits && surprise ? 1 : 0;
                bounded(entry, peak);
            }
            trained++;
            return fits
                    ? new Report.MicroBatchTrained(
                            WORKER,
                            entry.generation(),
                            entry.attempt(),
                            1,
                            entry.lossTokens(),
                            new TrainMeasures(tokens, peak, micros(tokens, entry.plan()), 1))
                    : TestPlanner.failed(entry, FailureReason.OUT_OF_MEMORY);
        }

        /** A token costs as much as it does, a micro-batch 20 tokens more. */
        private long micros(int tokens, MemoryPlan plan) {
            double recomputed = Math.min(4, plan.recomputeLayers()) / 4.0;
            return Math.round(60
                    * (20 + tokens * (1 + 0.3 * recomputed))
                    * (1 + 0.05 * random.nextGaussian()));
        }

        /** Where the untrained rest would have allowed more, memory was the bound. */
        private void bounded(LedgerEntry entry, long peak) {
            long waiting = planner.step().waiting().stream()
                    .mapToLong(
                            ordinal -> planner.step().member(ordinal).sequence().tokens())
                    .sum();
            long line = planner.state
                    .fleet()
                    .worker(WORKER)
                    .orElseThrow()
                    .memory()
                    .orElseThrow()
                    .lineBytes();
            boolean settled = trained - restlessSince > 3;
            if (steady()
                    && waiting > 2L * tokens(entry)
                    && settled
                    && !entry.plan().equals(Loading.FULLEST)) {
                filled += (double) peak / line;
                full++;
            }
        }

        private void invade() {
            if (random.nextInt(60) == 0) {
                card.want(
                        card.invaded()
                                ? 0
                                : (long) ((total - weights) * random.nextDouble(0.1, 0.5)));
                restlessSince = trained;
            }
            waited = card.invaderWaits() ? waited + 1 : 0;
            longestWait = Math.max(longestWait, waited);
            restlessSince = card.invaderWaits() ? trained : restlessSince;
        }

        private void read() {
            planner.report(new Report.MemoryRead(WORKER, planner.generation(WORKER), card.read()));
        }

        private int tokens(LedgerEntry entry) {
            return planner.step().tokens(entry.ordinals());
        }
    }
}
