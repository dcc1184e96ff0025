package dev.plimsoll.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.hf.RopeSettings;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.PeakModel;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/**
 * Throttling changes memory and speed, never the result: any split and any memory plan give the
 * same gradient.
 */
class GradientInvarianceTest {

    private static final LlamaConfig SHAPE = new LlamaConfig(
            64, 96, 4, 4, 2, 16, 96, 1e-5, new RopeSettings(10_000, null), false, 512, "float32");
    private static final LoraSettings LORA =
            new LoraSettings(8, 16, false, EnumSet.allOf(Projection.class));
    private static final MemoryPlan PLAN = new MemoryPlan(0, 1024, 0);
    private static final double TOLERANCE = 1e-5;

    private static TrainingEngine engine;
    private static List<PackedSequence> sequences;
    private static double[] whole;
    private static double wholeLoss;

    @BeforeAll
    static void open(@TempDir Path directory) {
        Path model = directory.resolve("model");
        RandomModel.create(model, SHAPE, 3, Dtype.F32, List.of());
        engine = EngineFactory.open(model, LORA, EngineOptions.cpu(1));
        engine.loadAdapter(1, Sequences.adapter(engine.layout(), 2));
        sequences = Sequences.random(9, 12, 2, 90, SHAPE.vocabSize());
        wholeLoss = train(sequences, PLAN);
        whole = Compare.gradientSum(engine);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Test
    void one_sequence_at_a_time() {
        assertSame(sequences.stream().map(List::of).toList(), PLAN, "one at a time");
    }

    @Test
    void different_splits() {
        assertSame(List.of(sequences.subList(0, 1), sequences.subList(1, 12)), PLAN, "1 + 11");
        assertSame(
                List.of(sequences.subList(0, 5), sequences.subList(5, 6), sequences.subList(6, 12)),
                PLAN,
                "5 + 1 + 6");
        List<PackedSequence> reversed = new ArrayList<>(sequences).reversed();
        assertSame(
                List.of(reversed.subList(0, 7), reversed.subList(7, 12)), PLAN, "reversed, 7 + 5");
    }

    @Test
    void any_number_of_recomputed_layers() {
        for (int layers = 0; layers <= SHAPE.layers(); layers++) {
            assertSame(List.of(sequences), new MemoryPlan(layers, 1024, 0), "recompute " + layers);
        }
    }

    @Test
    void any_attention_groups_and_offload() {
        for (int groups : List.of(1, 2, 7)) {
            for (int offload : List.of(0, 2, 4)) {
                MemoryPlan plan = new MemoryPlan(4, 64, 32, offload, groups);
                assertSame(List.of(sequences), plan, "groups " + groups + ", offload " + offload);
            }
        }
        assertSame(
                List.of(sequences),
                new MemoryPlan(3, 64, 0, 9, 2),
                "offload and groups of three layers");
    }

    /**
     * What attention computed waits on the device, in host memory, or some of it here and there.
     */
    @Test
    void recomputed_layers_that_keep_attention() {
        for (int recomputed : List.of(1, 3, 4)) {
            for (int offloaded : List.of(0, 1, 2, 4)) {
                assertSame(
                        List.of(sequences),
                        new MemoryPlan(recomputed, 64, 32, offloaded, 1).withKeepAttention(true),
                        "attention kept, " + recomputed + " recomputed, " + offloaded + " away");
            }
        }
        assertSame(
                sequences.stream().map(List::of).toList(),
                new MemoryPlan(4, 64, 0, 3, 1).withKeepAttention(true),
                "attention kept, one at a time");
        assertSame(
                List.of(sequences),
                new MemoryPlan(4, 64, 32, 2, 2).withKeepAttention(true),
                "attention is not kept in groups");
    }

    /** As many layers offloaded as the planner may ever ask for. */
    @Test
    void every_plan_that_may_be_chosen() {
        List<MemoryPlan> plans = new Loading(PeakModel.of(SHAPE, LORA)).plans();
        assertThat(plans).extracting(MemoryPlan::offloadLayers).contains(1, 2, 3);
        for (MemoryPlan plan : plans) {
            assertSame(List.of(sequences), plan, plan.toString());
        }
    }

    /**
     * Each input that is offloaded is off the device, and attention's output with it where it is
     * kept; of two layers they are there at least.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void peaks_fall_with_each_offloaded_layer_as_forecast(boolean keepAttention) {
        PeakModel forecast = PeakModel.of(SHAPE, LORA);
        WorkerDevice device = new WorkerDevice("cpu", "cpu", "fp32", 0);
        int tokens = sequences.stream()
                .mapToInt(sequence -> sequence.tokens().length)
                .sum();
        List<Long> measured = new ArrayList<>();
        List<Long> expected = new ArrayList<>();
        for (int offloaded = 0; offloaded <= SHAPE.layers(); offloaded++) {
            MemoryPlan plan =
                    new MemoryPlan(4, 64, 32, offloaded, 1).withKeepAttention(keepAttention);
            Trained trained = (Trained) engine.train(sequences, plan, LayerListener.NONE);
            measured.add(trained.peakBytes());
            expected.add(forecast.workBytes(device, tokens, plan));
        }
        assertThat(measured.getFirst() - measured.get(2)).isPositive();
        for (int offloaded = 1; offloaded <= SHAPE.layers(); offloaded++) {
            assertThat(measured.get(offloaded) - measured.getFirst())
                    .as("%d of 4 layers", offloaded)
                    .isEqualTo(expected.get(offloaded) - expected.getFirst());
        }
    }

    /** By o and log-sum-exp of every layer on the device, and by log-sum-exp of the others. */
    @Test
    void what_keeping_attention_costs_is_as_forecast() {
        PeakModel forecast = PeakModel.of(SHAPE, LORA);
        WorkerDevice device = new WorkerDevice("cpu", "cpu", "fp32", 0);
        int tokens = sequences.stream()
                .mapToInt(sequence -> sequence.tokens().length)
                .sum();
        for (int offloaded = 0; offloaded <= SHAPE.layers(); offloaded++) {
            MemoryPlan plan = new MemoryPlan(SHAPE.layers(), 64, 32, offloaded, 1);
            MemoryPlan keeps = plan.withKeepAttention(true);
            long expected = forecast.workBytes(device, tokens, keeps)
                    - forecast.workBytes(device, tokens, plan);
            assertThat(expected).isPositive();
            assertThat(peak(keeps) - peak(plan))
                    .as("%d of them offloaded", offloaded)
                    .isEqualTo(expected);
        }
    }

    private static long peak(MemoryPlan plan) {
        return ((Trained) engine.train(sequences, plan, LayerListener.NONE)).peakBytes();
    }

    @Test
    void any_tile_and_chunk() {
        for (int size : List.of(1000, 128, 17, 5)) {
            assertSame(List.of(sequences), new MemoryPlan(0, size, size), "tiles of " + size);
            assertSame(
                    List.of(sequences),
                    new MemoryPlan(2, size, size),
                    "recompute and tiles of " + size);
        }
    }

    /**
     * Twenty AdamW steps, each on its own four sequences: as one micro-batch, one by one, and as 3
     * + 1 with full recompute.
     */
    @Test
    void adapters_after_twenty_steps() {
        double[] wholeSteps = afterTwentySteps(4, PLAN);
        double oneByOne = Compare.l2(afterTwentySteps(1, PLAN), wholeSteps);
        double threes = Compare.l2(afterTwentySteps(3, new MemoryPlan(4, 40, 64)), wholeSteps);
        System.out.printf(
                "adapters after 20 steps: one by one %.1e, other split %.1e by L2%n",
                oneByOne, threes);
        assertThat(oneByOne).isLessThanOrEqualTo(1e-4);
        assertThat(threes).isLessThanOrEqualTo(1e-4);
        assertThat(Compare.l2(Compare.toDoubles(Sequences.adapter(engine.layout(), 2)), wholeSteps))
                .as("the steps do move the adapter")
                .isGreaterThan(1e-2);
    }

    private static double[] afterTwentySteps(int sequencesAtOnce, MemoryPlan plan) {
        float[] start = Sequences.adapter(engine.layout(), 2);
        double[] adapter = Compare.toDoubles(start);
        ReferenceAdamW adamW = ReferenceAdamW.usual(adapter.length, 1e-3);
        for (int step = 0; step < 20; step++) {
            List<PackedSequence> samples =
                    Sequences.random(100 + step, 4, 5, 60, SHAPE.vocabSize());
            engine.loadAdapter(step, Compare.toFloats(adapter));
            engine.zeroGradientSum();
            for (int from = 0; from < samples.size(); from += sequencesAtOnce) {
                train(
                        samples.subList(from, Math.min(samples.size(), from + sequencesAtOnce)),
                        plan);
            }
            int tokens = samples.stream().mapToInt(PackedSequence::lossTokens).sum();
            adamW.step(adapter, Compare.gradientSum(engine), tokens);
        }
        engine.loadAdapter(1, start);
        return adapter;
    }

    @Test
    void evaluation_gives_the_training_loss_and_leaves_the_sum_alone() {
        engine.zeroGradientSum();
        MemoryPlan plan = new MemoryPlan(1, 50, 13, 1, 1);
        int handles = engine.liveHandles();
        List<Long> peaks = new ArrayList<>();
        for (boolean keeps : new boolean[] {false, true}) {
            MicroBatchResult.Evaluated result = (MicroBatchResult.Evaluated)
                    engine.evaluate(sequences, plan.withKeepAttention(keeps), LayerListener.NONE);
            assertThat(result.lossNats())
                    .isCloseTo(wholeLoss, org.assertj.core.data.Offset.offset(1e-5 * wholeLoss));
            assertThat(result.lossTokens())
                    .isEqualTo(sequences.stream()
                            .mapToInt(PackedSequence::lossTokens)
                            .sum());
            assertThat(Compare.gradientSum(engine)).containsOnly(0.0);
            assertThat(engine.liveHandles()).isEqualTo(handles);
            peaks.add(result.cards().getFirst().peakBytes());
        }
        assertThat(peaks.getLast()).as("nothing is kept").isEqualTo(peaks.getFirst());
    }

    @Test
    void a_range_of_the_sum_is_read_as_floats() {
        engine.zeroGradientSum();
        train(sequences, PLAN);
        float[] middle = new float[100];
        engine.readGradientSum(777, middle);
        double[] all = Compare.gradientSum(engine);
        for (int i = 0; i < middle.length; i++) {
            assertThat((double) middle[i]).isEqualTo(all[777 + i]);
        }
    }

    @Test
    void a_sequence_without_targets_adds_nothing() {
        engine.zeroGradientSum();
        MicroBatchResult result = engine.train(
                List.of(new PackedSequence(0, new int[] {1, 2, 3}, new boolean[3])),
                PLAN,
                LayerListener.NONE);
        assertThat(((Trained) result).lossTokens()).isZero();
        assertThat(((Trained) result).lossNats()).isZero();
        assertThat(Compare.gradientSum(engine)).containsOnly(0.0);
    }

    @Test
    void progress_counts_every_layer_both_ways() {
        List<Integer> done = new ArrayList<>();
        engine.train(sequences.subList(0, 1), PLAN, (layer, total) -> {
            assertThat(total).isEqualTo(2 * SHAPE.layers());
            done.add(layer);
        });
        assertThat(done).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    }

    @Test
    void progress_of_an_evaluation_counts_every_layer_once() {
        List<Integer> done = new ArrayList<>();
        engine.evaluate(sequences.subList(0, 1), PLAN, (layer, total) -> {
            assertThat(total).isEqualTo(SHAPE.layers());
            done.add(layer);
        });
        assertThat(done).containsExactly(1, 2, 3, 4);
    }

    /** As for a fleet that splits the samples otherwise when a worker dies. */
    @Test
    void evaluation_of_any_split_gives_the_same_loss() {
        double alone = 0;
        for (PackedSequence sequence : sequences) {
            alone += ((MicroBatchResult.Evaluated)
                            engine.evaluate(List.of(sequence), PLAN, LayerListener.NONE))
                    .lossNats();
        }
        assertThat(alone).isCloseTo(wholeLoss, withinPercentage(1e-4));
    }

    private static void assertSame(
            List<List<PackedSequence>> microBatches, MemoryPlan plan, String name) {
        engine.zeroGradientSum();
        double loss = 0;
        for (List<PackedSequence> microBatch : microBatches) {
            loss += train(microBatch, plan);
        }
        double worst = Compare.worstTensor(engine.layout(), Compare.gradientSum(engine), whole);
        System.out.printf("invariance %-32s worst tensor %.1e%n", name, worst);
        assertThat(worst).as(name).isLessThanOrEqualTo(TOLERANCE);
        assertThat(Math.abs(loss - wholeLoss) / wholeLoss).as(name).isLessThanOrEqualTo(1e-6);
    }

    private static double train(List<PackedSequence> microBatch, MemoryPlan plan) {
        return ((Trained) engine.train(microBatch, plan, LayerListener.NONE)).lossNats();
    }
}
