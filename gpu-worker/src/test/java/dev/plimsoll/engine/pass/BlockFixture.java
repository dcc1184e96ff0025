package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.device.LayerOffload;
import dev.plimsoll.engine.kernels.ComposedKernels;
import dev.plimsoll.engine.linear.AdapterTensors;
import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.linear.LinearWeights;
import dev.plimsoll.engine.linear.MatrixProducts;
import dev.plimsoll.engine.linear.ResidentLinear;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.engine.weights.LlamaWeights;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelPart;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.model.shapes.LinearSizes;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * One layer of a very small model in fp64 on three packed sequences, with its input and adapter as
 * plain arrays.
 */
final class BlockFixture implements AutoCloseable {

    static final int TOKENS = 9;

    private static final List<PackedSequence> SEQUENCES = List.of(
            sequence(new int[] {2, 3, 9, 1}, 1, 3),
            sequence(new int[] {7}),
            sequence(new int[] {5, 10, 0, 3}, 1, 2, 3));
    private static final int VOCABULARY = 11;
    private static final double LORA_SCALING = 0.7;

    final AdapterLayout layout;
    final double[] x;
    final double[] adapter;

    private final LlamaConfig config;
    private final LlamaScript script;
    private final DeviceTensors tensors;
    private final AdapterTensors cut;
    private final HeldScope run;
    private final LoadedModel model;
    private final PassContext context;
    private final Tensor gradients;
    private final Tensor rows;
    private final Tensor targets;
    private final double[] dy;
    private final double[] dx;

    BlockFixture(LlamaScript script, LlamaConfig config, Set<Projection> projections) {
        this(script, config, projections, 1);
    }

    /** @param tailMultiple what tails are rounded up to */
    BlockFixture(
            LlamaScript script, LlamaConfig config, Set<Projection> projections, int tailMultiple) {
        this.script = script;
        this.config = config;
        layout = new AdapterLayout(
                config, new LoraSettings(3, 3 * LORA_SCALING, false, projections));
        adapter = new double[layout.totalParameters()];
        x = new double[TOKENS * config.hiddenSize()];
        dy = new double[x.length];
        dx = new double[x.length];
        tensors = new DeviceTensors(script, DeviceTensors.CPU);
        run = new HeldScope(script, Account.NONE);
        SplittableRandom random = new SplittableRandom(1);
        for (double[] array : List.of(x, adapter, dy)) {
            fill(random, array, 1.0);
        }
        LinearSizes sizes = new LinearSizes(config, layout.lora(), tailMultiple);
        ActivationSizes activations = new ActivationSizes(sizes, Precision.FP64);
        cut = new AdapterTensors(layout, sizes);
        LlamaWeights weights = randomWeights(sizes, random);
        gradients = script.zeros(run.scope(), layout.totalParameters(), 7, DeviceTensors.CPU);
        model = new LoadedModel(
                ModelPart.all(config),
                activations,
                tensors,
                new LoadedModel.Compute(
                        new ComposedKernels(script, config.rmsNormEps()),
                        new MatrixProducts(script, activations),
                        new DenseAttention(false, 0, 1)),
                weights,
                tensors.doubles(
                        run.scope(),
                        config.rope().inverseFrequencies(config.headDim()),
                        Precision.FP64),
                cut.perLayer(tensors, run, gradients),
                new LayerOffload.Copies(script),
                Account.NONE);
        PackedMicroBatch in = PackedMicroBatch.of(SEQUENCES, VOCABULARY);
        context = new PassContext(
                model,
                in,
                RotaryAngles.of(model, in, run),
                tensors.integers(run.scope(), in.bounds(), TorchDtype.INT64),
                false);
        rows = tensors.integers(run.scope(), in.rows(), TorchDtype.INT64);
        targets = tensors.integers(run.scope(), in.targets(), TorchDtype.INT64);
    }

    private static PackedSequence sequence(int[] tokens, int... trained) {
        boolean[] trainOn = new boolean[tokens.length];
        for (int i : trained) {
            trainOn[i] = true;
        }
        return new PackedSequence(tokens[0], tokens, trainOn);
    }

    private LlamaWeights randomWeights(LinearSizes sizes, SplittableRandom random) {
        Map<Linear, LinearWeights> linears = new EnumMap<>(Linear.class);
        for (Linear linear : Linear.all()) {
            int o = sizes.rows(linear);
            int i = sizes.columns(linear);
            int tail = sizes.tail(linear);
            Tensor matrix =
                    script.zerosMatrix(run.scope(), o + tail, i + tail, 7, DeviceTensors.CPU);
            script.put(matrix, 0, 0, matrix(random, o, i));
            linears.put(
                    linear,
                    new ResidentLinear(
                            script, linear, script.around(run.scope(), matrix, o, i), 0));
        }
        int qkv = config.queryKeyValueBias() ? sizes.rows(Linear.QKV) : 0;
        int norm = config.queryKeyNorm() ? config.headDim() : 0;
        LayerWeights layer = new LayerWeights(
                norm(random, config.hiddenSize()),
                norm(random, config.hiddenSize()),
                norm(random, qkv),
                norm(random, 0),
                norm(random, norm),
                norm(random, norm),
                linears);
        Tensor head = matrix(random, VOCABULARY, config.hiddenSize());
        return new LlamaWeights(
                head, false, List.of(layer), norm(random, config.hiddenSize()), head, 0);
    }

    private Tensor norm(SplittableRandom random, int size) {
        double[] values = new double[size];
        fill(random, values, 0.3);
        for (int i = 0; i < size; i++) {
            values[i] += 1;
        }
        return tensors.doubles(run.scope(), values, Precision.FP64);
    }

    private Tensor matrix(SplittableRandom random, int rowCount, int columns) {
        double[] values = new double[rowCount * columns];
        fill(random, values, 1.5 / Math.sqrt(columns));
        return matrix(run.scope(), values, rowCount);
    }

    private Tensor matrix(Scope into, double[] values, int rowCount) {
        return script.matrix(
                into,
                tensors.doubles(into, values, Precision.FP64),
                rowCount,
                7,
                DeviceTensors.CPU);
    }

    private static void fill(SplittableRandom random, double[] values, double bound) {
        for (int i = 0; i < values.length; i++) {
            values[i] = bound * (2 * random.nextDouble() - 1);
        }
    }

    /**
     * ⟨dy, x + attention block⟩, with all heads at once or in groups; with backward its derivatives
     * too.
     */
    double attention(boolean backward, int groups) {
        try (HeldScope scope = prepared()) {
            Tensor input = matrix(scope.scope(), x, TOKENS);
            AttentionBlock block = new AttentionBlock(context);
            AttentionBlock.Forward forward = block.forward(0, input, groups, scope, scope);
            script.add(forward.delta(), input);
            double phi = dot(forward.delta());
            if (backward) {
                Tensor carrier = carrier(scope);
                block.backward(0, input, forward.kept(), carrier, true);
                readCarrier(scope, carrier);
            }
            return phi;
        }
    }

    /** ⟨dy, MLP block⟩ in tiles, with gate and up kept or recomputed. */
    double mlp(boolean backward, int tile, boolean kept) {
        try (HeldScope scope = prepared()) {
            Tensor middle = matrix(scope.scope(), x, TOKENS);
            Tensor zero = script.zerosMatrix(
                    scope.scope(), TOKENS, config.hiddenSize(), 7, DeviceTensors.CPU);
            Tensor y = context.buffer(scope, TOKENS, config.hiddenSize());
            MlpBlock block = new MlpBlock(context, tile);
            List<Tensor> gateUp = block.forward(0, middle, zero, y, kept ? scope : null);
            double phi = dot(y);
            if (backward) {
                Tensor carrier = carrier(scope);
                block.backward(0, middle, gateUp, carrier);
                readCarrier(scope, carrier);
            }
            return phi;
        }
    }

    /** The loss itself. */
    double head(boolean backward, int chunk) {
        try (HeldScope scope = prepared()) {
            LossHead.Result result = new LossHead(context, rows, targets, chunk)
                    .run(matrix(scope.scope(), x, TOKENS), backward, scope);
            if (backward) {
                readCarrier(scope, result.carrier());
            }
            return script.item(result.loss());
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

    /** The adapter as it is now is in the weights, and the gradients are zero. */
    private HeldScope prepared() {
        HeldScope scope = new HeldScope(script, Account.NONE);
        Tensor flat = tensors.doubles(scope.scope(), adapter, Precision.FP64);
        TensorList windows = cut.perLayer(tensors, scope, flat).getFirst();
        model.weights()
                .layers()
                .getFirst()
                .linears()
                .values()
                .forEach(linear -> linear.adopt(windows));
        script.clear(gradients);
        return scope;
    }

    private Tensor carrier(HeldScope scope) {
        Tensor carrier = context.buffer(scope, TOKENS, model.linearSizes().carrierWidth());
        script.clear(carrier);
        script.put(carrier, 0, 0, matrix(scope.scope(), dy, TOKENS));
        return carrier;
    }

    private void readCarrier(HeldScope scope, Tensor carrier) {
        tensors.read(script.copyColumns(scope.scope(), carrier, config.hiddenSize()), 0, dx);
    }

    private double dot(Tensor y) {
        double[] values = new double[x.length];
        tensors.read(y, 0, values);
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[i] * dy[i];
        }
        return sum;
    }
}
