package dev.plimsoll.model.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.hf.RopeSettings;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.EnumSet;

/**
 * Llama-8B has h 4096, 32 query heads and 8 key-value heads of 128, f 14336, v 128256, 32 layers.
 */
class ShapesTest {

    private static final LlamaConfig MODEL = RandomModel.shape("8b");
    private static final LoraSettings LORA =
            new LoraSettings(16, 32, false, EnumSet.allOf(Projection.class));
    private static final LinearSizes SIZES = LinearSizes.on("cuda", MODEL, LORA);

    @ParameterizedTest
    @CsvSource({
        "QKV,     6144,  4096, 64",
        "OUT,     4096,  4096, 64",
        "GATE_UP, 28672, 4096, 64",
        "DOWN,    4096, 14336, 64"
    })
    void a_linear_map_has_its_projections_rows_and_a_tail_of_whole_cache_lines(
            Linear linear, int rows, int columns, int tail) {
        assertThat(SIZES.rows(linear)).isEqualTo(rows);
        assertThat(SIZES.columns(linear)).isEqualTo(columns);
        assertThat(SIZES.tail(linear)).isEqualTo(tail);
        assertThat(SIZES.outputWidth(linear)).isEqualTo(rows + tail);
        assertThat(SIZES.inputWidth(linear)).isEqualTo(columns + tail);
        assertThat(SIZES.matrixElements(linear)).isEqualTo((long) (rows + tail) * (columns + tail));
    }

    @Test
    void on_a_cpu_tails_are_the_ranks_and_the_residual_streams_two_are_equal() {
        LoraSettings lora = new LoraSettings(
                16, 32, false, EnumSet.of(Projection.Q_PROJ, Projection.V_PROJ, Projection.O_PROJ));
        LinearSizes sizes = LinearSizes.on("cpu", MODEL, lora);
        assertThat(sizes.tail(Linear.QKV)).isEqualTo(32);
        assertThat(sizes.tail(Linear.OUT)).isEqualTo(16);
        assertThat(sizes.tail(Linear.GATE_UP)).isZero();
        assertThat(sizes.tail(Linear.DOWN)).isEqualTo(16);
        assertThat(sizes.targetBits()).isEqualTo(0b0001101);
    }

    @Test
    void activations_of_a_thousand_tokens() {
        ActivationSizes sizes = new ActivationSizes(SIZES, Precision.BF16);
        assertThat(sizes.hidden(1000)).isEqualTo(2L * 1000 * 4096);
        assertThat(sizes.carrier(1000)).isEqualTo(2L * 1000 * (4096 + 64));
        assertThat(sizes.input(1000, Linear.DOWN)).isEqualTo(2L * 1000 * (14_336 + 64));
        assertThat(sizes.gateUp(1000)).isEqualTo(2L * 1000 * (2 * 14_336 + 64));
        assertThat(sizes.queryKeyValue(1000, 4)).isEqualTo(2L * 1000 * 1536);
        assertThat(sizes.attended(1000)).isEqualTo(1000L * (2 * 4096 + 4 * 32));
        assertThat(sizes.attentionScratch(1000)).isEqualTo(1000L * 4096 * (2 * 2 + 4));
        assertThat(sizes.beforeHeadNorms(1000)).isZero();
        assertThat(sizes.inputs(1000, 3, 998))
                .isEqualTo(8L * (1000 + 3 + 2 * 998) + 4L * 1000 * 128);
        assertThat(sizes.head(256)).isEqualTo(2L * 256 * (128_256 + 3 * 4096));
    }

    /** As many groups as asked for, or as many more as divide the key-value heads. */
    @ParameterizedTest
    @CsvSource({"8, 1, 1", "8, 2, 2", "8, 3, 4", "8, 64, 8", "6, 4, 6", "3, 2, 3", "1, 4, 1"})
    void groups_divide_the_key_value_heads(int keyValueHeads, int wanted, int groups) {
        LlamaConfig model = new LlamaConfig(
                64,
                64,
                2,
                keyValueHeads * 2,
                keyValueHeads,
                8,
                32,
                1e-5,
                new RopeSettings(10_000, null),
                false,
                64,
                "float32");
        MemoryPlan plan = new MemoryPlan(2, 16, 0, 0, wanted);
        assertThat(new PlanSizes(plan, model).attentionGroups()).isEqualTo(groups);
    }

    @Test
    void a_plan_is_held_to_what_is_there() {
        PlanSizes all = new PlanSizes(
                new MemoryPlan(MemoryPlan.ALL_LAYERS, 1024, 2048, MemoryPlan.ALL_LAYERS, 1), MODEL);
        assertThat(all.recomputedLayers()).isEqualTo(32);
        assertThat(all.offloadedLayers()).isEqualTo(32);
        assertThat(all.tileTokens(100)).isEqualTo(100);
        assertThat(all.tileTokens(5000)).isEqualTo(2048);
        assertThat(all.chunkTokens(100)).isEqualTo(100);
        assertThat(all.chunkTokens(5000)).isEqualTo(1024);
        PlanSizes some = new PlanSizes(new MemoryPlan(4, 1024, 0, 9, 1), MODEL);
        assertThat(some.recomputedLayers()).isEqualTo(4);
        assertThat(some.offloadedLayers()).as("only recomputed layers").isEqualTo(4);
        assertThat(some.tileTokens(8192)).isEqualTo(8192);
        assertThat(some.tileTokens(8193)).as("more are no faster").isEqualTo(8192);
    }

    @ParameterizedTest
    @CsvSource({
        "cuda, auto, BF16",
        "cuda, nf4,  BF16",
        "cuda, fp8,  BF16",
        "cuda, fp32, FP32",
        "cpu,  auto, FP32",
        "cpu,  nf4,  FP32",
        "cpu,  fp64, FP64",
        "cpu,  bf16, BF16"
    })
    void a_device_computes_in_what_it_was_given(String kind, String label, Precision precision) {
        assertThat(Precision.computing(kind, label)).isEqualTo(precision);
    }

    @Test
    void weights_and_adapter_in_bytes() {
        WeightSizes weights = new WeightSizes(MODEL);
        long matrices = 32L * (6144L * 4096 + 4096L * 4096 + 28_672L * 4096 + 4096L * 14_336);
        assertThat(weights.matrixElements()).isEqualTo(matrices);
        assertThat(weights.matrixBytes(WeightFormat.BF16)).isEqualTo(2 * matrices);
        assertThat(weights.tableElements()).isEqualTo(128_256L * 4096);
        assertThat(weights.vectorElements()).isEqualTo(4096L * (2 * 32 + 1));
        assertThat(new AdapterSizes(1000, Precision.BF16).allBytes()).isEqualTo(12_000);
        assertThat(new AdapterSizes(1000, Precision.FP64).gradientBytes()).isEqualTo(16_000);
        assertThat(AdapterSizes.stateBytes(1000)).isEqualTo(12_000);
        assertThat(WeightFormat.NF4.takes(64 * 3)).isTrue();
        assertThat(WeightFormat.NF4.takes(63)).isFalse();
        assertThat(WeightFormat.FP8.takes(63)).isTrue();
    }
}
