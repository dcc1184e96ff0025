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
    private static final int RANK = 6;
    /** Gate, up and down. */
    private static final int MLP_TARGETS = 0b1110000;
    /** Results are rounded to bf16 once or twice. */
    private static final double TOLERANCE = 2e-2;

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

    /** Fails with a sentence when a kernel's results are others than those of the yardstick. */
    public void require(Kernels kernels, Kernels yardstick) {
        double[] differences = differences(kernels, yardstick);
        for (int i = 0; i < differences.length; i++) {
            if (!(differences[i] <= TOLERANCE)) {
                throw new IllegalStateException("on fixed numbers the fused kernel " + NAMES.get(i)
                        + " differs by " + differences[i] + " from the composed one");
            }
        }
    }

    private static final List<String> NAMES = List.of(
            "rmsNorm",
            "addRmsNorm",
            "rmsNormVjp",
            "rotate",
            "rotateBack",
            "swiglu",
            "swigluVjp",
            "swigluLora",
            "swigluLoraVjp",
            "swigluLoraVjp alone",
            "addOfA",
            "copyStrip",
            "crossEntropy");

    /** The largest difference of each kernel over the largest value. */
    double[] differences(Kernels kernels, Kernels yardstick) {
        List<Step> steps = List.of(
                (k, s) -> norm(k, s, false),
                (k, s) -> norm(k, s, true),
                this::normVjp,
                this::rotate,
                this::rotateBack,
                (k, s) -> swiglu(k, s, false),
                (k, s) -> swiglu(k, s, true),
                this::swigluLora,
                (k, s) -> swigluLoraVjp(k, s, true),
                (k, s) -> swigluLoraVjp(k, s, false),
                this::addOfA,
                this::copyStrip,
                this::crossEntropy);
        return steps.stream()
                .mapToDouble(
                        step -> Conformance.difference(read(step, kernels), read(step, yardstick)))
                .toArray();
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
        Rows gateUp = rows(scope, 1.2, 2 * F + TAIL);
        Rows a = rows(scope, 1.3, F + TAIL);
        kernels.swigluLora(gateUp, a, adapter(scope), mlp());
        return both(scope, gateUp.tensor(), a.tensor());
    }

    private Tensor swigluLoraVjp(Kernels kernels, Scope scope, boolean sums) {
        LlamaScript script = tensors.script();
        Rows gateUp = rows(scope, 1.2, 2 * F + TAIL);
        Rows a = rows(scope, 1.3, F + TAIL);
        int wide = TorchDtype.of(precision.wide());
        Tensor flat = script.zeros(scope, adapterElements(), wide, tensors.device());
        try (HeldScope temporary = new HeldScope(script, Account.NONE)) {
            kernels.swigluLoraVjp(
                    temporary,
                    gateUp,
                    a,
                    rows(scope, 1.7, model.hiddenSize() + TAIL),
                    adapter(scope),
                    sums ? windows(scope, flat) : null,
                    mlp(),
                    true);
            return both(scope, both(scope, gateUp.tensor(), a.tensor()), flat);
        }
    }

    private Kernels.Mlp mlp() {
        return new Kernels.Mlp(F, model.hiddenSize(), new MlpRanks(RANK, RANK, RANK), 2);
    }

    private int adapterElements() {
        return 3 * RANK * (model.hiddenSize() + F);
    }

    private TensorList adapter(Scope scope) {
        return windows(scope, vector(scope, adapterElements()));
    }

    private TensorList windows(Scope scope, Tensor flat) {
        LlamaScript script = tensors.script();
        int h = model.hiddenSize();
        long[] shapes = {0, 0, 0, 0, 0, 0, 0, 0, F, h, F, h, h, F};
        Tensor cpu = new DeviceTensors(script, DeviceTensors.CPU)
                .integers(scope, shapes, TorchDtype.INT64);
        return script.windows(scope, flat, script.asMatrix(scope, cpu, 7, 2), 0, RANK, MLP_TARGETS);
    }

    private Tensor addOfA(Kernels kernels, Scope scope) {
        int wide = TorchDtype.of(precision.wide());
        Tensor flat = tensors.script().zeros(scope, adapterElements(), wide, tensors.device());
        int h = model.hiddenSize();
        Tensor da = tensors.script().sample(scope, 2L * RANK * h, 2.0, h, wide, tensors.device());
        kernels.addOfA(da, h, windows(scope, flat), Linear.GATE_UP.first(), RANK, RANK);
        return flat;
    }

    private Tensor copyStrip(Kernels kernels, Scope scope) {
        Rows into = rows(scope, 1.8, F);
        kernels.copyStrip(rows(scope, 1.9, TAIL), 6, into, 4, RANK);
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
        int dtype = TorchDtype.of(precision);
        Tensor sample = tensors.script()
                .sample(scope, (long) ROWS * columns, phase, columns, dtype, tensors.device());
        return new Rows(sample, ROWS, columns);
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
