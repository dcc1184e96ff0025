package dev.plimsoll.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.MicroBatchResult.Failed;
import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.Architecture;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.hf.RopeSettings;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.LongStream;

/** Nothing leaks and nothing half-done is kept, whatever fails. */
class EngineFailureTest {

    private static final MemoryPlan PLAN = new MemoryPlan(0, 1024, 0);
    private static final MemoryPlan LEAN = new MemoryPlan(2, 8, 8);
    private static final GoldenCase GOLDEN = GoldenCase.named("gqa-untied");
    private static final LoraSettings LORA =
            new LoraSettings(4, 8, false, EnumSet.allOf(Projection.class));
    private static final LlamaConfig FOUR_LAYERS = new LlamaConfig(
                    64,
                    160,
                    4,
                    4,
                    2,
                    16,
                    300,
                    1e-5,
                    new RopeSettings(10_000, null),
                    false,
                    512,
                    "float32")
            .with(Architecture.LLAMA);

    @Test
    void two_hundred_micro_batches_leave_handles_and_bytes_flat() {
        try (TrainingEngine engine = GOLDEN.open(EngineOptions.cpu(1))) {
            engine.train(GOLDEN.sequences(), PLAN, LayerListener.NONE);
            int handles = engine.liveHandles();
            long used = engine.meter().read().usedBytes();
            for (int i = 0; i < 200; i++) {
                Trained trained = (Trained) engine.train(
                        GOLDEN.sequences(), i % 2 == 0 ? PLAN : LEAN, LayerListener.NONE);
                assertThat(engine.liveHandles()).isEqualTo(handles);
                assertThat(trained.usedBytes()).isEqualTo(used);
                if (i % 20 == 0) {
                    engine.loadAdapter(i, GOLDEN.adapter().flat());
                    engine.evaluate(GOLDEN.sequences(), PLAN, LayerListener.NONE);
                    engine.logits(GOLDEN.sequences().getFirst());
                    engine.zeroGradientSum();
                }
            }
            assertThat(engine.liveHandles()).isEqualTo(handles);
            assertThat(engine.meter().read().usedBytes()).isEqualTo(used);
        }
    }

    @Test
    void nan_in_the_adapter_is_a_failed_micro_batch_and_leaves_the_sum() {
        try (TrainingEngine engine = GOLDEN.open(EngineOptions.cpu(1))) {
            engine.train(GOLDEN.sequences(), PLAN, LayerListener.NONE);
            double[] before = Compare.gradientSum(engine);
            int handles = engine.liveHandles();
            long used = engine.meter().read().usedBytes();
            float[] broken = GOLDEN.adapter().flat().clone();
            broken[5] = Float.NaN;
            engine.loadAdapter(2, broken);
            Failed failed = (Failed) engine.train(GOLDEN.sequences(), PLAN, LayerListener.NONE);
            assertThat(failed.reason()).isEqualTo(FailureReason.NON_FINITE);
            assertThat(failed.note()).contains("loss is NaN").contains("3 sequences");
            assertThat(failed.note())
                    .contains("first seen in the adapter's base_model.model.model.layers.0.");
            assertThat(Compare.gradientSum(engine)).isEqualTo(before);
            assertThat(engine.liveHandles()).isEqualTo(handles);
            assertThat(engine.meter().read().usedBytes()).isEqualTo(used);
            assertTrainsAsBefore(engine, before);
        }
    }

    /**
     * With A = 0 a huge B and a huge scaling do not show in the loss, but the derivative by A
     * overflows.
     */
    @Test
    void a_gradient_that_is_not_finite_is_told_from_a_loss_that_is_not() {
        LoraSettings lora = new LoraSettings(4, 4e10, false, EnumSet.of(Projection.DOWN_PROJ));
        try (TrainingEngine engine = EngineFactory.open(GOLDEN.dir(), lora, EngineOptions.cpu(1))) {
            float[] adapter = new float[engine.layout().totalParameters()];
            for (AdapterLayout.Slot slot : engine.layout().slots()) {
                int end = slot.offset() + slot.size();
                Arrays.fill(adapter, slot.offset(), end, slot.isA() ? 0 : 1e33f);
            }
            engine.loadAdapter(2, adapter);
            Failed failed = (Failed) engine.train(GOLDEN.sequences(), PLAN, LayerListener.NONE);
            assertThat(failed.reason()).isEqualTo(FailureReason.NON_FINITE);
            assertThat(failed.note())
                    .contains("a gradient is not finite")
                    .contains("first seen in the gradient of");
            assertThat(failed.note()).contains("layers.1.mlp.down_proj.lora_A");
            assertThat(Compare.gradientSum(engine)).containsOnly(0.0);
        }
    }

    /** A finite adapter that is too large for fp32 sums: the blocks overflow. */
    @Test
    void an_activation_that_is_not_finite_is_located_by_sequence_layer_and_block() {
        LoraSettings lora = new LoraSettings(4, 4, false, EnumSet.of(Projection.DOWN_PROJ));
        try (TrainingEngine engine = EngineFactory.open(GOLDEN.dir(), lora, EngineOptions.cpu(1))) {
            float[] adapter = new float[engine.layout().totalParameters()];
            for (AdapterLayout.Slot slot : engine.layout().slots()) {
                if (slot.layer() == 1) {
                    Arrays.fill(adapter, slot.offset(), slot.offset() + slot.size(), 3e30f);
                }
            }
            engine.loadAdapter(2, adapter);
            int handles = engine.liveHandles();
            Failed failed = (Failed) engine.train(GOLDEN.sequences(), PLAN, LayerListener.NONE);
            long ordinal = GOLDEN.sequences().getFirst().ordinal();
            assertThat(failed.note())
                    .contains("first seen in the MLP block of layer 1, of sequence " + ordinal);
            assertThat(engine.liveHandles()).isEqualTo(handles);
        }
    }

    @Test
    void a_full_card_refuses_the_micro_batch_and_a_leaner_plan_passes() {
        long[] bytes = needs();
        EngineOptions card = new EngineOptions("cpu", "fp32", 1, bytes[1] - 1);
        try (TrainingEngine engine = GOLDEN.open(card)) {
            assertThat(engine.device().name()).isEqualTo("simulated card");
            assertThat(engine.device().totalBytes()).isEqualTo(bytes[1] - 1);
            int handles = engine.liveHandles();
            for (int i = 0; i < 20; i++) {
                Failed failed = (Failed) engine.train(GOLDEN.sequences(), PLAN, LayerListener.NONE);
                assertThat(failed.reason()).isEqualTo(FailureReason.OUT_OF_MEMORY);
                assertThat(failed.wantedBytes()).isPositive();
                assertThat(engine.liveHandles()).isEqualTo(handles);
                assertThat(engine.meter().read().usedBytes()).isEqualTo(bytes[0]);
                assertThat(Compare.gradientSum(engine)).containsOnly(0.0);
            }
            Trained lean = (Trained) engine.train(GOLDEN.sequences(), LEAN, LayerListener.NONE);
            assertThat(lean.peakBytes()).isLessThan(bytes[1]);
            assertThat(engine.liveHandles()).isEqualTo(handles);
        }
    }

    /** Wherever in a pass it happens, what waits in host memory is let go, too. */
    @Test
    void nothing_is_left_whichever_allocation_is_refused() {
        MemoryPlan plan = new MemoryPlan(2, 8, 8, 1, 1).withKeepAttention(true);
        for (EngineOptions card : tooSmall(GOLDEN::open, GOLDEN.sequences(), plan)) {
            nothingIsLeft(GOLDEN::open, card, GOLDEN.sequences(), plan);
        }
    }

    /** With inputs in one block, which takes four layers. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void no_block_is_left_whichever_allocation_is_refused(int offloaded, @TempDir Path directory) {
        RandomModel.create(directory.resolve("model"), FOUR_LAYERS, 3, Dtype.F32, List.of());
        Function<EngineOptions, TrainingEngine> opened = options -> {
            TrainingEngine engine = EngineFactory.open(directory.resolve("model"), LORA, options);
            engine.loadAdapter(1, Sequences.adapter(engine.layout(), 2));
            return engine;
        };
        List<PackedSequence> sequences = Sequences.random(9, 3, 20, 40, 300);
        MemoryPlan plan = new MemoryPlan(4, 8, 8, offloaded, 1);
        for (EngineOptions card : tooSmall(opened, sequences, plan)) {
            nothingIsLeft(opened, card, sequences, plan);
        }
    }

    /** Cards on which more and more of what the micro-batch needs is missing. */
    private static List<EngineOptions> tooSmall(
            Function<EngineOptions, TrainingEngine> opened,
            List<PackedSequence> sequences,
            MemoryPlan plan) {
        try (TrainingEngine engine = opened.apply(EngineOptions.cpu(1))) {
            long used = engine.meter().read().usedBytes();
            long peak = ((Trained) engine.train(sequences, plan, LayerListener.NONE)).peakBytes();
            return LongStream.iterate(
                            1,
                            missing -> missing < peak - used,
                            missing -> missing + (peak - used) / 40)
                    .mapToObj(missing -> new EngineOptions("cpu", "fp32", 1, peak - missing))
                    .toList();
        }
    }

    private static void nothingIsLeft(
            Function<EngineOptions, TrainingEngine> opened,
            EngineOptions card,
            List<PackedSequence> sequences,
            MemoryPlan plan) {
        try (TrainingEngine engine = opened.apply(card)) {
            int handles = engine.liveHandles();
            long used = engine.meter().read().usedBytes();
            for (int i = 0; i < 2; i++) {
                assertThat(engine.train(sequences, plan, LayerListener.NONE))
                        .as("%s", card)
                        .isInstanceOf(Failed.class);
                assertThat(engine.liveHandles()).isEqualTo(handles);
                assertThat(engine.meter().read().usedBytes()).isEqualTo(used);
            }
        }
    }

    @Test
    void a_card_too_small_for_the_model_says_so() {
        assertThatThrownBy(() -> GOLDEN.open(new EngineOptions("cpu", "fp32", 1, 10_000)))
                .hasMessageContaining("simulated card of 10000 bytes");
    }

    @Test
    void another_thread_is_refused() throws InterruptedException {
        try (TrainingEngine engine = GOLDEN.open(EngineOptions.cpu(1))) {
            CompletableFuture<Void> other = CompletableFuture.runAsync(engine::zeroGradientSum);
            assertThatThrownBy(other::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasRootCauseInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the engine belongs to thread");
        }
    }

    @Test
    void wrong_input_is_refused_with_its_value() {
        try (TrainingEngine engine = GOLDEN.open(EngineOptions.cpu(1))) {
            PackedSequence foreign = new PackedSequence(41, new int[] {1, 64}, new boolean[2]);
            assertThatThrownBy(() -> engine.train(List.of(foreign), PLAN, LayerListener.NONE))
                    .hasMessageContaining("sequence 41 has token 64")
                    .hasMessageContaining("64 tokens");
            assertThatThrownBy(() -> engine.loadAdapter(7, new float[3]))
                    .hasMessageContaining("version 7")
                    .hasMessageContaining("has 3 values");
        }
        assertThatThrownBy(() -> EngineFactory.open(
                        Path.of("no/such/model"), GOLDEN.adapter().lora(), EngineOptions.cpu(1)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("config.json does not exist");
        assertThatThrownBy(() -> GOLDEN.open(new EngineOptions("cuda", "bf16", 1, 0)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("no usable CUDA device");
    }

    @Test
    void weights_of_another_config_are_refused(@TempDir Path model) throws IOException {
        GOLDEN.copyWithoutLastLayer(model);
        assertThatThrownBy(() -> EngineFactory.prepare(model, EngineOptions.cpu(1)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("has tensor model.layers.1.input_layernorm.weight");
    }

    /** Used bytes at rest, and the peak of an unplanned micro-batch. */
    private static long[] needs() {
        try (TrainingEngine engine = GOLDEN.open(EngineOptions.cpu(1))) {
            long used = engine.meter().read().usedBytes();
            Trained trained = (Trained) engine.train(GOLDEN.sequences(), PLAN, LayerListener.NONE);
            return new long[] {used, trained.peakBytes()};
        }
    }

    private static void assertTrainsAsBefore(TrainingEngine engine, double[] before) {
        engine.loadAdapter(3, GOLDEN.adapter().flat());
        engine.zeroGradientSum();
        assertThat(engine.train(GOLDEN.sequences(), PLAN, LayerListener.NONE))
                .isInstanceOf(Trained.class);
        assertThat(Compare.gradientSum(engine)).isEqualTo(before);
    }
}
