package dev.plimsoll.coordinator.planner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.testkit.LinearPeaks;
import dev.plimsoll.coordinator.testkit.SimulatedCard;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.model.memory.Chunks;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.CardPart;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.TrainMeasures;
import dev.plimsoll.wire.protocol.WorkerDevice;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * As {@link MemoryLoopSimulationTest}, with a fleet of a worker with two or three cards and a
 * worker with one. Each card has its own room, its own errors of the forecast and its own invader.
 */
class WideMemoryLoopSimulationTest {

    private static final int SEEDS = Integer.getInteger("plimsoll.memory.seeds", 20);
    private static final int STEPS = 12;
    private static final int SAMPLES = 300;
    /** Micro-batches from which each card's errors are known. */
    private static final int LEARNING = 20;
    /** Of a card's peaks, may exceed what was forecast: what the margin is a quantile of. */
    private static final double MISS = 0.005;

    private static final int PATIENCE = 12;
    private static final String WIDE = "w";
    private static final String NARROW = "n";
    private static final LinearPeaks PEAKS = LinearPeaks.OF_FOUR_LAYERS;
    private static final Loading LOADING = new Loading(PEAKS);

    /** What a worker may do wrong, to see that it is noticed. */
    private enum Plant {
        NOTHING,
        RECALLS_IGNORED,
        /** The last card's allocator keeps what it has. */
        NEVER_TRIMMED,
        /** What the first card has is told of each. */
        ONE_LINE_FOR_ALL
    }

    private Plant plant = Plant.NOTHING;
    private int microBatches;
    private int learned;
    private int overfull;
    private int surprised;
    /** From the first micro-batch on. */
    private int refused;

    private int longestWait;
    private int chunked;
    /** Micro-batches in which cards saved unlike parts of their layers. */
    private int unlike;

    private final List<Double> errors = new ArrayList<>();

    @Test
    @Tag("slow")
    void every_card_is_under_its_line_and_nothing_is_lost() {
        runSeeds(SEEDS);
        Collections.sort(errors);
        System.out.printf(
                "%d seeds, %d micro-batches of wide workers, %d in several chunks, %d with unlike "
                        + "parts: %d of %d overfull after the first %d, %d more because an invader"
                        + " took memory at work; an invader waited for %d at most; error of the "
                        + "forecast per card: median %.2f %%, p99 %.2f %%%n",
                SEEDS,
                microBatches,
                chunked,
                unlike,
                overfull,
                learned,
                LEARNING,
                surprised,
                longestWait,
                100 * errors.get(errors.size() / 2),
                100 * errors.get(errors.size() * 99 / 100));
        assertThat((double) overfull / learned).isLessThan(MISS);
        assertThat(longestWait).isLessThanOrEqualTo(PATIENCE);
        assertThat(chunked).isGreaterThan(microBatches / 2);
        assertThat(unlike).isGreaterThan(microBatches / 20);
        assertThat(errors.get(errors.size() / 2)).isLessThan(0.01);
        assertThat(errors.get(errors.size() * 99 / 100)).isLessThan(0.03);
    }

    @Test
    @Tag("slow")
    void without_recalls_cards_are_overfilled() {
        plant = Plant.RECALLS_IGNORED;
        runSeeds(40);
        assertThat((double) overfull / learned).isGreaterThan(MISS);
    }

    @Test
    @Tag("slow")
    void with_one_line_for_all_cards_some_are_overfilled() {
        runSeeds(40);
        int before = refused;
        plant = Plant.ONE_LINE_FOR_ALL;
        refused = 0;
        runSeeds(40);
        System.out.printf("%d refused allocations, and %d with one line%n", before, refused);
        assertThat(refused).isGreaterThan(4 * before + 40);
    }

    @Test
    @Tag("slow")
    void without_trimming_on_one_card_its_invader_waits_for_ever() {
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

    /** A card with what the model does not know of it. */
    private final class Card {
        private final long total;
        private final long weights;
        private final double scale;
        private final long offset;
        private final double noise;
        private final SimulatedCard card;
        private int waited;

        Card(SplittableRandom random) {
            total = random.nextLong(5_000_000, 60_000_000);
            weights = (long) (total * random.nextDouble(0.2, 0.6));
            scale = random.nextDouble(0.85, 1.2);
            offset = random.nextLong(0, total / 50);
            noise = random.nextDouble(0, 0.005);
            card = new SimulatedCard(total, weights, random.nextDouble(0, 0.01));
        }

        long peak(long prior, SplittableRandom random) {
            return weights
                    + Math.round((scale * prior + offset) * (1 + noise * random.nextGaussian()));
        }

        void invade(SplittableRandom random) {
            if (random.nextInt(80) == 0) {
                card.want(
                        card.invaded()
                                ? 0
                                : (long) ((total - weights) * random.nextDouble(0.1, 0.5)));
            }
            waited = card.invaderWaits() ? waited + 1 : 0;
            longestWait = Math.max(longestWait, waited);
        }
    }

    /** One seed. */
    private final class Course {
        private final SplittableRandom random;
        private final TestPlanner planner =
                new TestPlanner(TestPlanner.stepsOf(SAMPLES), 1, 1 << 20);
        private final WorkerDevice device;
        private final List<Card> cards = new ArrayList<>();
        private final Card narrow;
        private int trained;

        Course(int seed) {
            random = new SplittableRandom(seed);
            int[] layers = seed % 2 == 0 ? new int[] {2, 2} : new int[] {1, 2, 1};
            device = TestPlanner.wide(layers);
            for (int i = 0; i < layers.length; i++) {
                cards.add(new Card(random));
            }
            narrow = new Card(random);
        }

        void run() {
            planner.join(WIDE, device);
            planner.join(NARROW, NARROW + "-1");
            readWide();
            read(NARROW, narrow.card.read());
            planner.ready(WIDE);
            planner.ready(NARROW);
            for (int step = 0; step < STEPS; step++) {
                planner.samples(random.ints(SAMPLES, 0, 100)
                        .map(i -> i == 0 ? 200 : 5 + i / 3)
                        .toArray());
                train();
                planner.commit();
            }
            planner.requireReplays();
            assertThat(planner.records(JournalRecord.SampleRejected.class)).isEmpty();
            assertThat(planner.records(JournalRecord.StepCommitted.class)).hasSize(STEPS);
        }

        private void train() {
            while (!planner.underWay(WIDE).isEmpty()
                    || !planner.underWay(NARROW).isEmpty()) {
                if (!planner.underWay(WIDE).isEmpty()) {
                    trainWide(planner.underWay(WIDE).getFirst());
                }
                if (!planner.underWay(NARROW).isEmpty()) {
                    trainNarrow(planner.underWay(NARROW).getFirst());
                }
            }
        }

        private void trainNarrow(LedgerEntry entry) {
            int tokens = planner.step().tokens(entry.ordinals());
            long peak = narrow.peak(PEAKS.workBytes(null, tokens, entry.plan()), random);
            Report report = narrow.card.work(peak)
                    ? told(entry, new TrainMeasures(tokens, peak, 60L * (20 + tokens), 1))
                    : TestPlanner.failed(entry, FailureReason.OUT_OF_MEMORY);
            narrow.card.rest();
            read(NARROW, narrow.card.read());
            planner.report(report);
            handBackWhatIsRecalled();
        }

        private void trainWide(LedgerEntry entry) {
            List<Integer> lengths = planner.step().lengths(entry.ordinals());
            planner.nowMillis += 100 + lengths.stream().mapToInt(i -> i).sum() / 5;
            boolean surprise = false;
            for (Card card : cards) {
                card.invade(random);
                surprise |= card.card.take();
            }
            Report report = work(entry, lengths, surprise);
            for (int i = 0; i < cards.size(); i++) {
                cards.get(i).card.take();
                if (plant != Plant.NEVER_TRIMMED || i < cards.size() - 1) {
                    cards.get(i).card.rest();
                }
            }
            readWide();
            planner.report(report);
            handBackWhatIsRecalled();
        }

        private Report work(LedgerEntry entry, List<Integer> lengths, boolean surprise) {
            microBatches++;
            List<Long> priors = LOADING.priorBytes(device, lengths, entry.plan());
            Chunks chunks = Chunks.of(lengths, entry.plan().pipelineTokens());
            chunked += chunks.count() > 1 ? 1 : 0;
            unlike += entry.plan().cards().stream()
                                    .map(CardPart::recomputeLayers)
                                    .distinct()
                                    .count()
                            > 1
                    ? 1
                    : 0;
            List<Long> peaks = new ArrayList<>();
            int full = -1;
            for (int i = 0; i < cards.size(); i++) {
                long peak = cards.get(i).peak(priors.get(i), random);
                peaks.add(peak);
                full = cards.get(i).card.work(peak) || full >= 0 ? full : i;
            }
            refused += full >= 0 && !surprise ? 1 : 0;
            if (trained++ >= LEARNING) {
                learned++;
                overfull += full >= 0 && !surprise ? 1 : 0;
                surprised += full >= 0 && surprise ? 1 : 0;
                judge(priors, peaks);
            }
            return full >= 0 ? outOfMemory(entry, full) : trained(entry, chunks, peaks);
        }

        private Report outOfMemory(LedgerEntry entry, int card) {
            return new Report.MicroBatchFailed(
                    WIDE,
                    entry.generation(),
                    entry.attempt(),
                    FailureReason.OUT_OF_MEMORY,
                    "test",
                    7_000,
                    card);
        }

        private Report trained(LedgerEntry entry, Chunks chunks, List<Long> peaks) {
            int tokens =
                    chunks.each().stream().mapToInt(chunk -> chunk.tokens()).sum();
            double slots = tokens + (cards.size() - 1) * (double) chunks.mostTokens();
            long micros = Math.round(60
                    * (slots + 20 * (chunks.count() + cards.size() - 1))
                    / cards.size()
                    * (1 + 0.05 * random.nextGaussian()));
            return told(
                    entry,
                    new TrainMeasures(
                            tokens,
                            peaks.stream().mapToLong(peak -> peak).sum(),
                            Math.max(1, micros),
                            1,
                            peaks));
        }

        private Report told(LedgerEntry entry, TrainMeasures measures) {
            return new Report.MicroBatchTrained(
                    entry.workerId(),
                    entry.generation(),
                    entry.attempt(),
                    1,
                    entry.lossTokens(),
                    measures);
        }

        private void judge(List<Long> priors, List<Long> peaks) {
            var worker = planner.state.fleet().worker(WIDE).orElseThrow();
            for (int i = 0; i < cards.size(); i++) {
                long forecast = cards.get(i).weights
                        + planner.state.forecast(worker, i).expected(priors.get(i));
                errors.add(Math.abs((double) forecast / peaks.get(i) - 1));
            }
        }

        private void handBackWhatIsRecalled() {
            List<Command.Recall> recalls = planner.commands(Command.Recall.class);
            planner.commands.removeAll(recalls);
            for (Command.Recall recall :
                    plant == Plant.RECALLS_IGNORED ? List.<Command.Recall>of() : recalls) {
                planner.underWay(recall.workerId()).stream()
                        .filter(entry -> entry.attempt().equals(recall.attempt()))
                        .findFirst()
                        .ifPresent(entry ->
                                planner.report(TestPlanner.failed(entry, FailureReason.RECALLED)));
            }
        }

        private void readWide() {
            List<MemoryMeasures> each = cards.stream()
                    .map(card -> plant == Plant.ONE_LINE_FOR_ALL
                            ? cards.getFirst().card.read()
                            : card.card.read())
                    .toList();
            read(WIDE, MemoryMeasures.of(each));
        }

        private void read(String worker, MemoryMeasures memory) {
            planner.report(new Report.MemoryRead(worker, planner.generation(worker), memory));
        }
    }
}
