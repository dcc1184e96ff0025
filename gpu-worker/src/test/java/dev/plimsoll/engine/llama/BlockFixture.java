package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.torch.Scope;
import dev.plimsoll.engine.torch.TorchScript;
import dev.plimsoll.engine.torch.Value;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.RopeSettings;
import dev.plimsoll.wire.LoraSettings;
import dev.plimsoll.wire.Projection;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** One layer of a very small Llama in fp64 on three packed sequences, with its input and adapter as plain arrays. */
final class BlockFixture implements AutoCloseable {

    static final int TOKENS = 9;

    private static final int CPU = -1;
    private static final long[] BOUNDS = {0, 4, 5, 9};
    private static final long[] POSITIONS = {0, 1, 2, 3, 0, 0, 1, 2, 3};
    private static final long[] ROWS = {0, 2, 5, 6, 7};
    private static final long[] TARGETS = {3, 1, 10, 0, 3};
    private static final int LONGEST = 4;
    private static final int HIDDEN = 12;
    private static final int HEAD_DIM = 4;
    private static final int VOCABULARY = 11;
    private static final double EPS = 1e-5;
    private static final double LORA_SCALING = 0.7;

    final AdapterLayout layout;
    final double[] x = new double[TOKENS * HIDDEN];
    final double[] adapter;

    private final TorchScript script;
    private final DeviceTensors tensors;
    private final AdapterTensors cut;
    private final HeldScope run;
    private final LlamaWeights weights;
    private final Value cos;
    private final Value sin;
    private final Value bounds;
    private final Value gradients;
    private final Value gradientWindows;
    private final double[] dy = new double[TOKENS * HIDDEN];
    private final double[] dx = new double[TOKENS * HIDDEN];

    BlockFixture(TorchScript script, int heads, int keyValueHeads, Set<Projection> targets) {
        LlamaConfig config = new LlamaConfig(
                HIDDEN,
                10,
                1,
                heads,
                keyValueHeads,
                HEAD_DIM,
                VOCABULARY,
                EPS,
                new RopeSettings(100, null),
                false,
                64,
                "float64");
        this.script = script;
        layout = new AdapterLayout(config, new LoraSettings(3, 3 * LORA_SCALING, false, targets));
        adapter = new double[layout.totalParameters()];
        tensors = new DeviceTensors(script, CPU);
        cut = new AdapterTensors(layout);
        run = new HeldScope(script, dev.plimsoll.engine.memory.Account.NONE);
        SplittableRandom random = new SplittableRandom(1);
        for (double[] array : List.of(x, adapter, dy)) {
            fill(random, array, 1.0);
        }
        weights = randomWeights(config, random);
        Value frequencies = tensors.doubles(run.scope(), config.rope().inverseFrequencies(HEAD_DIM), Precision.FP64);
        Value positions = tensors.integers(run.scope(), POSITIONS, Precision.INT64);
        Value angles = script.call(run.scope(), "angles", positions, frequencies, 7);
        cos = script.element(run.scope(), angles, 0);
        sin = script.element(run.scope(), angles, 1);
        bounds = tensors.integers(run.scope(), BOUNDS, Precision.INT64);
        gradients = script.call(run.scope(), "zeros", layout.totalParameters(), 7, CPU);
        gradientWindows =
                cut.perLayer("windows", tensors, run, gradients, weights).getFirst();
    }

    private LlamaWeights randomWeights(LlamaConfig config, SplittableRandom random) {
        List<Object> parts = new ArrayList<>();
        parts.add(vector(random));
        for (Projection p : Projection.values()) {
            if (p == Projection.GATE_PROJ) {
                parts.add(vector(random));
            }
            parts.add(matrix(random, config.outFeatures(p), config.inFeatures(p)));
        }
        Value layer = script.call(run.scope(), "layer_weights", parts.toArray());
        Value head = matrix(random, VOCABULARY, HIDDEN);
        return new LlamaWeights(head, List.of(layer), vector(random), head, 0);
    }

    private Value vector(SplittableRandom random) {
        double[] values = new double[HIDDEN];
        fill(random, values, 0.3);
        for (int i = 0; i < HIDDEN; i++) {
            values[i] += 1;
        }
        return tensors.doubles(run.scope(), values, Precision.FP64);
    }

    private Value matrix(SplittableRandom random, int rows, int cols) {
        double[] values = new double[rows * cols];
        fill(random, values, 1.5 / Math.sqrt(cols));
        return matrix(run.scope(), values, rows);
    }

    private Value matrix(Scope into, double[] values, int rows) {
        return script.call(into, "matrix", tensors.doubles(into, values, Precision.FP64), rows, 7, CPU);
    }

    private static void fill(SplittableRandom random, double[] values, double bound) {
        for (int i = 0; i < values.length; i++) {
            values[i] = bound * (2 * random.nextDouble() - 1);
        }
    }

    /** ⟨dy, attention block⟩; with backward its derivatives too. */
    double attention(boolean backward) {
        try (HeldScope scope = new HeldScope(script, dev.plimsoll.engine.memory.Account.NONE)) {
            Value input = matrix(scope.scope(), x, TOKENS);
            Value layer = weights.layers().getFirst();
            Value lora = lora(scope);
            Value forward = script.call(
                    scope.scope(),
                    "attention_forward",
                    input,
                    layer,
                    lora,
                    cos,
                    sin,
                    bounds,
                    LONGEST,
                    HEAD_DIM,
                    EPS,
                    LORA_SCALING,
                    backward ? 1 : 0);
            if (backward) {
                script.callVoid("clear", gradients);
                Value derivative = script.call(
                        scope.scope(),
                        "attention_vjp",
                        matrix(scope.scope(), dy, TOKENS),
                        input,
                        script.rest(scope.scope(), forward, 1),
                        layer,
                        lora,
                        gradientWindows,
                        cos,
                        sin,
                        bounds,
                        LONGEST,
                        EPS,
                        LORA_SCALING);
                tensors.read(derivative, 0, dx);
            }
            return dot(script.element(scope.scope(), forward, 0));
        }
    }

    /** ⟨dy, MLP block⟩ in tiles, with gate and up kept or recomputed. */
    double mlp(boolean backward, int tile, boolean kept) {
        try (HeldScope scope = new HeldScope(script, dev.plimsoll.engine.memory.Account.NONE)) {
            Value input = matrix(scope.scope(), x, TOKENS);
            Value layer = weights.layers().getFirst();
            Value lora = lora(scope);
            Value forward = script.call(
                    scope.scope(), "mlp_forward", input, layer, lora, tile, EPS, LORA_SCALING, kept ? 1 : 0);
            if (backward) {
                script.callVoid("clear", gradients);
                Value derivative = script.call(
                        scope.scope(),
                        "mlp_vjp",
                        matrix(scope.scope(), dy, TOKENS),
                        input,
                        script.rest(scope.scope(), forward, 1),
                        layer,
                        lora,
                        gradientWindows,
                        tile,
                        EPS,
                        LORA_SCALING);
                tensors.read(derivative, 0, dx);
            }
            return dot(script.element(scope.scope(), forward, 0));
        }
    }

    /** The loss itself. */
    double head(boolean backward, int chunk) {
        try (HeldScope scope = new HeldScope(script, dev.plimsoll.engine.memory.Account.NONE)) {
            Value rows = tensors.integers(scope.scope(), ROWS, Precision.INT64);
            Value targets = tensors.integers(scope.scope(), TARGETS, Precision.INT64);
            Value result = script.call(
                    scope.scope(),
                    "head",
                    matrix(scope.scope(), x, TOKENS),
                    rows,
                    targets,
                    weights.norm(),
                    weights.head(),
                    chunk,
                    EPS,
                    backward ? 1 : 0);
            if (backward) {
                script.callVoid("clear", gradients);
                tensors.read(script.element(scope.scope(), result, 1), 0, dx);
            }
            return script.callDouble("item", script.element(scope.scope(), result, 0));
        }
    }

    double[] derivativeOfInput() {
        return dx.clone();
    }

    double[] derivativeOfAdapter() {
        double[] values = new double[layout.totalParameters()];
        tensors.read(gradients, 0, values);
        return values;
    }

    @Override
    public void close() {
        run.close();
    }

    private Value lora(HeldScope scope) {
        Value flat = tensors.doubles(scope.scope(), adapter, Precision.FP64);
        return cut.perLayer("layer_adapter", tensors, scope, flat, weights).getFirst();
    }

    private double dot(Value y) {
        double[] values = new double[TOKENS * HIDDEN];
        tensors.read(y, 0, values);
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[i] * dy[i];
        }
        return sum;
    }
}
