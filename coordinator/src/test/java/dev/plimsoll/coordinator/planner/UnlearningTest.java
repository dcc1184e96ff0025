package dev.plimsoll.coordinator.planner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.testkit.TestPlanner;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.memory.PeakModel;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.TrainMeasures;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A run of 2026-11-28 with planted times: 8B on a card of 24 GB, steps of 64 samples, one in a
 * hundred of 24k to 28k tokens. Up to its third step it cut the short ones into 1,490 tokens
 * without recompute (16,400 tokens/s); from the fifth on into 9,800 tokens with all of it (13,900).
 * Two things made a micro-batch look as if it cost much besides its tokens: long samples took 7.3 s
 * instead of 3.5 whenever one was longer than any before, since pinned memory was bought for them;
 * and the small micro-batches at the end of a step take as long as the host needs to launch them.
 * Long samples are trained under plans that keep attention, which costs twice the host memory.
 */
class UnlearningTest {

    private static final WorkerDevice H100 =
            new WorkerDevice("cuda", "H100", "bf16", 24_000_000_000L);
    private static final PeakModel LLAMA_8B = PeakModel.of(
            RandomModel.shape("8b"),
            new LoraSettings(16, 32, false, EnumSet.allOf(Projection.class)));
    private static final long TOTAL = 24_000_000_000L;
    private static final long USED = 19_000_000_000L;
    private static final int STEPS = 12;
    private static final int SAMPLES = 64;
    private static final double LAYERS = 32;
    /** The host launches a micro-batch no faster. */
    private static final double LEAST_MICROS = 40_000;
    /** Attention of a token to one other, in microseconds. */
    private static final double SQUARE = 0.0015;

    private final TestPlanner planner = new TestPlanner(LLAMA_8B, TestPlanner.stepsOf(SAMPLES));
    private final SplittableRandom random = new SplittableRandom(1);

    /** Tokens a second of the short samples, by steps. */
    private final List<Double> speeds = new ArrayList<>();

    private int longest;
    private int kept;
    private long tokens;
    private double micros;

    @Test
    void slow_long_samples_do_not_change_how_short_ones_are_cut() {
        planner.report(new Report.Joined("a", "a-1", TestPlanner.HASH, H100));
        planner.report(new Report.MemoryRead(
                "a",
                planner.generation("a"),
                new MemoryMeasures(USED, USED, USED, TOTAL - USED, 0, TOTAL)));
        planner.ready("a");
        for (int step = 0; step < STEPS; step++) {
            planner.samples(lengths(step));
            tokens = 0;
            micros = 0;
            while (!planner.underWay("a").isEmpty()) {
                train(planner.underWay("a").getFirst());
            }
            speeds.add(tokens / micros * 1e6);
            planner.commit();
        }
        System.out.printf(
                "tokens/s of short samples, planted times, by steps: %.0f%n", speeds.getLast());
        System.out.println(
                speeds.stream().map(speed -> String.format("%.0f", speed)).toList());
        assertThat(planner.records(JournalRecord.StepCommitted.class)).hasSize(STEPS);
        assertThat(kept).as("micro-batches that kept attention").isPositive();
        assertThat(speeds.subList(4, STEPS))
                .allSatisfy(speed -> assertThat(speed).isGreaterThan(15_300));
        planner.requireReplays();
    }

    private int[] lengths(int step) {
        int[] lengths = new int[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            lengths[i] = (step * SAMPLES + i) % 100 == 50
                    ? random.nextInt(24_000, 28_001)
                    : random.nextInt(200, 801);
        }
        return lengths;
    }

    private void train(LedgerEntry entry) {
        List<Integer> lengths = entry.ordinals().stream()
                .map(ordinal -> planner.step().member(ordinal).sequence().tokens())
                .toList();
        int sum = lengths.stream().mapToInt(Integer::intValue).sum();
        double squares =
                lengths.stream().mapToDouble(length -> 1.0 * length * length).sum();
        MemoryPlan plan = entry.plan();
        double saved = plan.keepAttention() ? recompute(plan) * SQUARE * squares : 0;
        double took =
                (cost(plan) * Math.max(LEAST_MICROS, 5_000 + 56.6 * sum + SQUARE * squares) - saved)
                        * (1 + 0.01 * random.nextGaussian());
        kept += plan.keepAttention() ? 1 : 0;
        assertThat(plan.keepAttention() && sum < 4_096)
                .as("attention of short samples is kept")
                .isFalse();
        if (sum < 20_000) {
            tokens += sum;
            micros += took;
        }
        if (plan.offloadLayers() > 0 && sum > longest) {
            took += sum > 20_000 ? 3_800_000 : 0;
            longest = sum;
        }
        long prior = LLAMA_8B.workBytes(H100, sum, plan);
        planner.nowMillis += Math.round(took / 1_000) + 2;
        planner.report(new Report.MicroBatchTrained(
                "a",
                entry.generation(),
                entry.attempt(),
                1,
                entry.lossTokens(),
                new TrainMeasures(
                        sum, USED + prior, Math.round(took / 3), Math.round(took * 2 / 3))));
    }

    private static double cost(MemoryPlan plan) {
        return 1
                + recompute(plan)
                + (plan.mlpTileTokens() > 0 ? 0.005 : 0)
                + (plan.keepAttention() ? 2 : 1)
                        * 0.007
                        * Math.min(LAYERS, plan.offloadLayers())
                        / LAYERS
                + (plan.attentionGroups() > 1 ? 0.005 : 0);
    }

    private static double recompute(MemoryPlan plan) {
        return 0.24 * Math.min(LAYERS, plan.recomputeLayers()) / LAYERS;
    }
}
