package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Angles;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.model.shapes.Precision;

import java.util.Arrays;
import java.util.List;

/**
 * Runs elementwise kernels on fixed numbers of a model's widths and compares them with others
 * (engine rule 9). The kernels that dequantize are not among them.
 */
public final class KernelTrial {

    private static final int ROWS = 5;
    private static final int TAIL = 64;
    private static final int F = 192;
    private static final int HEADS = 3;
    /** Of an adapter of the MLP, and rows: two parts of tiles of 16, the last one not full. */
    private static final int RANK = 16;

    private static final int MLP_ROWS = 270;
    private static final int STRIP = 6;
    /** Gate, up and down. */
    private static final int MLP_TARGETS = 0b1110000;

    /** q, k and v. */
    private static final int ATTENTION_TARGETS = 0b0000111;
    /** Results are rounded to bf16 once or twice. */
    private static final double TOLERANCE = 2e-2;

    /**
     * Where the composed ones round several times, and each of 270 summands, which nearly cancel
     * each other: by up to 0.05, by arithmetic for the widths of known models. A tile of 16 rows
     * that is left out is more than that.
     */
    private static final double LORA_TOLERANCE = 0.1;

    /** Of LoRA: small beside gate and up, as it is while it is trained. */
    private static final double SCALING = 0.25;

    private final DeviceTensors tensors;
    private final Precision precision;
    private final LlamaConfig model;

    public KernelTrial(DeviceTensors tensors, Precision precision, LlamaConfig model) {
        this.tensors = tensors;
        this.precision = precision;
        this.model = model;
    }

    /** What one kernel writes, after one another. */
    private interface Step {
        Tensor run(Kernels kernels, Scope scope);
    }

    /** @param tolerance of {@link Conformance#difference} */
    private record Named(String name, double tolerance, Step step) {

        Named(String name, Step step) {
            this(name, TOLERANCE, step);
        }
    }

    private List<Named> steps() {
        return List.of(
                new Named("rmsNorm", (k, s) -> norm(k, s, false)),
                new Named("addRmsNorm", (k, s) -> norm(k, s, true)),
                new Named("rmsNormVjp", this::normVjp),
                new Named("rotate", this::rotate),
                new Named("rotateBack", this::rotateBack),
                new Named("swiglu", (k, s) -> swiglu(k, s, false)),
                new Named("swigluVjp", (k, s) -> swiglu(k, s, true)),
                new Named("swigluLora", LORA_TOLERANCE, this::swigluLora),
                new Named("swigluLoraVjp", LORA_TOLERANCE, (k, s) -> swigluLoraVjp(k, s, true)),
                new Named(
                        "swigluLoraVjp alone",
                        LORA_TOLERANCE,
                        (k, s) -> swigluLoraVjp(k, s, false)),
                new Named("addOfA", this::addOfA),
                new Named("copyStrip", this::copyStrip),
                new Named("crossEntropy", this::crossEntropy));
    }

    /** Fails with a sentence when a kernel's results are others than those of the yardstick. */
    public void require(Kernels kernels, Kernels yardstick) {
        for (Named named : steps()) {
            double difference = difference(named.step, kernels, yardstick);
            if (!(difference <= named.tolerance)) {
                throw new IllegalStateException("on fixed numbers the fused kernel " + named.name
                        + " differs by " + difference + " from the composed one");
            }
        }
    }

    /** The largest difference of each kernel over the largest value. */
    double[] differences(Kernels kernels, Kernels yardstick) {
        return steps().stream()
                .mapToDouble(named -> difference(named.step, kernels, yardstick))
                .toArray();
    }

    private double difference(Step step, Kernels kernels, Kernels yardstick) {
        return Conformance.difference(read(step, kernels), read(step, yardstick));
    }

    private double[] read(Step step, Kernels kernels) {
        try (Scope scope = tensors.script().scope()) {
            Tensor result = step.run(kernels, scope);
            double[] values = new double[(int) tensors.script().elements(result)];
            tensors.read(result, 0, values);
            return values;
        }
    }

    private Tensor norm(Kernels kernels, Scope scope, boolean added) {
        int h = model.hiddenSize();
        Rows x = rows(scope, 0.1, h);
        Rows y = rows(scope, 0.2, h + TAIL);
        Tensor w = vector(scope, h);
        if (!added) {
            kernels.rmsNorm(x, w, y);
            return y.tensor();
        }
        kernels.addRmsNorm(x, rows(scope, 0.3, h), w, y);
        return both(scope, x.tensor(), y.tensor());
    }

    private Tensor normVjp(Kernels kernels, Scope scope) {
        int h = model.hiddenSize();
        Rows sum = rows(scope, 0.4, h + TAIL);
        kernels.rmsNormVjp(rows(scope, 0.5, h + TAIL), rows(scope, 0.6, h), vector(scope, h), sum);
        return sum.tensor();
    }

    private Tensor rotate(Kernels kernels, Scope scope) {
        Rows qk = rows(scope, 0.7, HEADS * model.headDim() + TAIL);
        kernels.rotate(qk, angles(scope), HEADS - 1);
        return qk.tensor();
    }

    private Tensor rotateBack(Kernels kernels, Scope scope) {
        int d = model.headDim();
        Rows out = rows(scope, 0.8, 4 * d + TAIL);
        kernels.rotateBack(
                rows(scope, 0.9, 2 * d),
                rows(scope, 1.0, d),
                rows(scope, 1.1, d),
                out,
                angles(scope));
        return out.tensor();
    }

    private Tensor swiglu(Kernels kernels, Scope scope, boolean backward) {
        Rows gateUp = rows(scope, 1.2, 2 * F + TAIL);
        Rows a = rows(scope, 1.3, F + TAIL);
        if (backward) {
            kernels.swigluVjp(gateUp, a, F);
        } else {
            kernels.swiglu(gateUp, a, F);
        }
        return both(scope, gateUp.tensor(), a.tensor());
    }

    private Tensor swigluLora(Kernels kernels, Scope scope) {
        Rows gateUp = rows(scope, 1.2, MLP_ROWS, 2 * F + TAIL);
        Rows a = rows(scope, 1.3, MLP_ROWS, F + TAIL);
        kernels.swigluLora(gateUp, a, adapter(scope), mlp());
        return both(scope, gateUp.tensor(), a.tensor());
    }

    private Tensor swigluLoraVjp(Kernels kernels, Scope scope, boolean sums) {
        LlamaScript script = tensors.script();
        Rows gateUp = rows(scope, 1.2, MLP_ROWS, 2 * F + TAIL);
        Rows a = rows(scope, 1.3, MLP_ROWS, F + TAIL);
        int wide = TorchDtype.of(precision.wide());
        Tensor flat = script.zeros(scope, adapterElements(), wide, tensors.device());
        try (HeldScope temporary = new HeldScope(script, Account.NONE)) {
            kernels.swigluLoraVjp(
                    temporary,
                    gateUp,
                    a,
                    rows(scope, 1.7, MLP_ROWS, model.hiddenSize() + TAIL),
                    adapter(scope),
                    sums ? windows(scope, flat) : null,
                    mlp(),
                    true);
            return both(scope, both(scope, gateUp.tensor(), a.tensor()), flat);
        }
    }

    private Kernels.Mlp mlp() {
        return new Kernels.Mlp(F, model.hiddenSize(), new MlpRanks(RANK, RANK, RANK), SCALING);
    }

    private int adapterElements() {
        return 3 * RANK * (model.hiddenSize() + F);
    }

    private TensorList adapter(Scope scope) {
        return windows(scope, vector(scope, adapterElements()));
    }

    private TensorList windows(Scope scope, Tensor flat) {
        int h = model.hiddenSize();
        return windows(scope, flat, MLP_TARGETS, 0, 0, 0, 0, 0, 0, 0, 0, F, h, F, h, h, F);
    }

    /** @param shapes o and i of each projection */
    private TensorList windows(Scope scope, Tensor flat, int targets, long... shapes) {
        LlamaScript script = tensors.script();
        Tensor cpu = new DeviceTensors(script, DeviceTensors.CPU)
                .integers(scope, shapes, TorchDtype.INT64);
        return script.windows(scope, flat, script.asMatrix(scope, cpu, 7, 2), 0, RANK, targets);
    }

    private Tensor addOfA(Kernels kernels, Scope scope) {
        LlamaScript script = tensors.script();
        int wide = TorchDtype.of(precision.wide());
        int h = model.hiddenSize();
        int o = TAIL;
        Tensor flat = script.zeros(scope, 3 * RANK * (h + o), wide, tensors.device());
        Tensor da = script.sample(scope, 3L * RANK * h, 2.0, h, wide, tensors.device());
        TensorList sums =
                windows(scope, flat, ATTENTION_TARGETS, o, h, o, h, o, h, 0, 0, 0, 0, 0, 0, 0, 0);
        kernels.addOfA(da, h, sums, Linear.QKV.first(), RANK, RANK, RANK);
        return flat;
    }

    private Tensor copyStrip(Kernels kernels, Scope scope) {
        Rows into = rows(scope, 1.8, F);
        kernels.copyStrip(rows(scope, 1.9, TAIL), 6, into, 4, STRIP);
        return into.tensor();
    }

    private Tensor crossEntropy(Kernels kernels, Scope scope) {
        Rows z = rows(scope, 1.4, model.vocabSize());
        int device = tensors.device();
        Tensor losses =
                tensors.script().zeros(scope, ROWS, TorchDtype.of(precision.wide()), device);
        long[] targets = new long[ROWS];
        Arrays.setAll(targets, i -> i % model.vocabSize());
        kernels.crossEntropy(z, tensors.integers(scope, targets, TorchDtype.INT64), losses, true);
        return both(scope, z.tensor(), losses);
    }

    private Rows rows(Scope scope, double phase, int columns) {
        return rows(scope, phase, ROWS, columns);
    }

    private Rows rows(Scope scope, double phase, int count, int columns) {
        int dtype = TorchDtype.of(precision);
        Tensor sample = tensors.script()
                .sample(scope, (long) count * columns, phase, columns, dtype, tensors.device());
        return new Rows(sample, count, columns);
    }

    private Tensor vector(Scope scope, int size) {
        Tensor row = tensors.script()
                .sample(scope, (long) size, 0.9, size, TorchDtype.of(precision), tensors.device());
        return tensors.script().flat(scope, row);
    }

    private Angles angles(Scope scope) {
        int half = model.headDim() / 2;
        int wide = TorchDtype.of(precision.wide());
        long elements = (long) ROWS * half;
        return new Angles(
                tensors.script().sample(scope, elements, 1.5, half, wide, tensors.device()),
                tensors.script().sample(scope, elements, 1.6, half, wide, tensors.device()),
                half);
    }

    private Tensor both(Scope scope, Tensor first, Tensor second) {
        return tensors.script().joined(scope, first, second);
    }
}
