package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Conformance;
import dev.plimsoll.engine.kernels.Fp8Coder;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.nativelib.CublasLt;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.model.shapes.LinearSizes;
import dev.plimsoll.model.shapes.Precision;

import java.util.Arrays;
import java.util.Optional;

/** Says whether cuBLASLt multiplies: after a trial against PyTorch's products (engine rule 9). */
public final class BlasChoice {

    private static final System.Logger LOG = System.getLogger(BlasChoice.class.getName());

    private static final int ROWS = 24;
    private static final int IN = 128;
    private static final int OUT = 64;
    private static final int TAIL = 16;
    private static final int MULTIPLE = 8;
    private static final float SCALE = 1.5f;
    /** Sums of 128 products, rounded to bf16. */
    private static final double TOLERANCE = 2e-2;

    private BlasChoice() {}

    /**
     * On a GPU in bf16, for ranks and widths that are multiples of 8, unless
     * -Dplimsoll.composed=true; empty, with the reason in the log, where the library is missing or
     * its products differ.
     *
     * @param run keeps the library's workspace
     */
    public static Optional<Blas> choose(
            DevicePlace place, LinearSizes sizes, LlamaScript script, HeldScope run) {
        if (place.isCpu()
                || place.precision() != Precision.BF16
                || !fits(sizes)
                || Boolean.getBoolean("plimsoll.composed")) {
            return Optional.empty();
        }
        try {
            run.hold(CublasLt.WORKSPACE_BYTES);
            Tensor workspace = script.zeros(
                    run.scope(),
                    CublasLt.WORKSPACE_BYTES / Float.BYTES,
                    TorchDtype.FP32,
                    place.number());
            Tensor like = script.zeros(run.scope(), 1, TorchDtype.BF16, place.number());
            Blas blas = new Blas(
                    CublasLt.open(script.address(workspace)), script, like, place.account());
            double difference = difference(blas, place.number());
            if (difference <= TOLERANCE) {
                return Optional.of(blas);
            }
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cuBLASLt is passed over on device {0}: its products differ by {1}",
                    place.number(),
                    difference);
        } catch (IllegalStateException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cuBLASLt is passed over on device {0}, training goes on slower: {1}",
                    place.number(),
                    e.getMessage());
        }
        return Optional.empty();
    }

    /**
     * Whether the library multiplies coded matrices as PyTorch does; the reason is in the log if
     * not.
     */
    public static boolean codes(Blas blas, Fp8Coder coder, QuantizeScript quantize, int device) {
        String failure;
        try {
            double difference = codedDifference(blas, coder, quantize, device);
            if (difference <= TOLERANCE) {
                return true;
            }
            failure = "differ by " + difference;
        } catch (IllegalStateException e) {
            failure = "fail: " + e.getMessage();
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "cuBLASLt''s fp8 products are passed over on device {0}, PyTorch''s are taken: "
                        + "they {1}",
                device,
                failure);
        return false;
    }

    private static double codedDifference(
            Blas blas, Fp8Coder coder, QuantizeScript quantize, int device) {
        LlamaScript script = blas.script();
        DeviceTensors tensors = new DeviceTensors(script, device);
        try (HeldScope scope = new HeldScope(script, Account.NONE)) {
            Tensor x = sample(script, scope, 0.1, ROWS, IN, device);
            Tensor w = sample(script, scope, 0.3, OUT, IN, device);
            Tensor y = sample(script, scope, 0.7, ROWS, OUT, device);
            double[] before = read(tensors, y, ROWS * OUT);
            TensorList coded = coder.rows(scope, new Rows(x, ROWS, IN), IN);
            TensorList weights = quantize.fp8Quantize(scope.scope(), w);
            Tensor codes = quantize.element(scope.scope(), weights, 0);
            Tensor scale = quantize.element(scope.scope(), weights, 1);
            TensorList bare = script.beside(scope.scope(), codes, scale, 0, TorchDtype.BF16);
            Tensor none = script.zeros(scope.scope(), 0, TorchDtype.BF16, device);
            Tensor expected = script.linear().fp8Linear(scope.scope(), x, coded, bare, none, 1.0);
            long[] parts = script.addresses(coded, 2);
            blas.multiplyCoded(
                    parts[0],
                    parts[1],
                    blas.at(codes),
                    blas.at(scale),
                    blas.at(y),
                    new Blas.Window(blas.at(y), OUT),
                    new Blas.Size(ROWS, OUT, IN));
            return Conformance.difference(
                    read(tensors, y, ROWS * OUT),
                    plus(read(tensors, expected, ROWS * OUT), before));
        }
    }

    /**
     * Whether every window begins at a multiple of 16 bytes; the library is not tried on others.
     */
    private static boolean fits(LinearSizes sizes) {
        return sizes.lora().loraRank() % MULTIPLE == 0
                && sizes.config().headDim() % MULTIPLE == 0
                && Linear.all().stream()
                        .allMatch(linear -> sizes.rows(linear) % MULTIPLE == 0
                                && sizes.columns(linear) % MULTIPLE == 0);
    }

    /** The largest difference from PyTorch's products, over the largest value. */
    private static double difference(Blas blas, int device) {
        LlamaScript script = blas.script();
        DeviceTensors tensors = new DeviceTensors(script, device);
        try (HeldScope scope = new HeldScope(script, Account.NONE)) {
            Tensor x = sample(script, scope, 0.1, ROWS, IN, device);
            Tensor w = sample(script, scope, 0.3, OUT, IN, device);
            Tensor dy = sample(script, scope, 0.5, ROWS, OUT, device);
            Tensor y = sample(script, scope, 0.7, ROWS, OUT + TAIL, device);
            Tensor sum = script.zerosMatrix(scope.scope(), OUT, IN, TorchDtype.FP32, device);

            blas.multiply(
                    new Blas.Window(blas.at(x), IN),
                    new Blas.Window(blas.at(w), IN).turned(),
                    new Blas.Window(blas.at(y), OUT + TAIL),
                    new Blas.Size(ROWS, OUT, IN),
                    SCALE);
            double[] expected = read(tensors, script.product(scope.scope(), x, w), ROWS * OUT);
            double worst = Conformance.difference(
                    firstColumns(read(tensors, y, ROWS * (OUT + TAIL))), times(expected, SCALE));

            Tensor dx = sample(script, scope, 0.9, ROWS, IN, device);
            double[] before = read(tensors, dx, ROWS * IN);
            blas.multiplyAdd(
                    new Blas.Window(blas.at(dy), OUT),
                    new Blas.Window(blas.at(w), IN),
                    blas.at(dx),
                    new Blas.Window(blas.at(dx), IN),
                    new Blas.Size(ROWS, IN, OUT));
            expected = read(tensors, script.productVjp(scope.scope(), dy, w), ROWS * IN);
            worst = Math.max(
                    worst,
                    Conformance.difference(read(tensors, dx, ROWS * IN), plus(expected, before)));

            for (int i = 0; i < 2; i++) {
                blas.add(
                        new Blas.Window(blas.at(dy), OUT).turned(),
                        new Blas.Window(blas.at(x), IN),
                        new Blas.Window(blas.at(sum), IN),
                        new Blas.Size(OUT, IN, ROWS));
            }
            return Math.max(worst, sumDifference(tensors, dy, x, sum));
        }
    }

    /** Of sum from twice dyT.x. */
    private static double sumDifference(DeviceTensors tensors, Tensor dy, Tensor x, Tensor sum) {
        double[] dys = read(tensors, dy, ROWS * OUT);
        double[] xs = read(tensors, x, ROWS * IN);
        double[] expected = new double[OUT * IN];
        for (int row = 0; row < ROWS; row++) {
            for (int o = 0; o < OUT; o++) {
                for (int i = 0; i < IN; i++) {
                    expected[o * IN + i] += 2 * dys[row * OUT + o] * xs[row * IN + i];
                }
            }
        }
        return Conformance.difference(read(tensors, sum, OUT * IN), expected);
    }

    private static double[] firstColumns(double[] wide) {
        double[] narrow = new double[ROWS * OUT];
        for (int row = 0; row < ROWS; row++) {
            System.arraycopy(wide, row * (OUT + TAIL), narrow, row * OUT, OUT);
        }
        return narrow;
    }

    private static double[] times(double[] values, double factor) {
        return Arrays.stream(values).map(v -> v * factor).toArray();
    }

    private static double[] plus(double[] one, double[] other) {
        double[] sum = one.clone();
        Arrays.setAll(sum, i -> one[i] + other[i]);
        return sum;
    }

    private static Tensor sample(
            LlamaScript script, HeldScope scope, double phase, int rows, int columns, int device) {
        long elements = (long) rows * columns;
        return script.sample(scope.scope(), elements, phase, columns, TorchDtype.BF16, device);
    }

    private static double[] read(DeviceTensors tensors, Tensor matrix, int count) {
        double[] values = new double[count];
        tensors.read(matrix, 0, values);
        return values;
    }
}
