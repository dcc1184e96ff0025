package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.model.shapes.WeightFormat;

import java.util.Arrays;

/** Says whether, and by what coder, fp8 weights are multiplied as they are. */
public final class Fp8Coders {

    private static final System.Logger LOG = System.getLogger(Fp8Coders.class.getName());

    private static final int TOKENS = 24;
    private static final int IN = 192;
    private static final int OUT = 64;
    /**
     * In bf16; the units sum in fewer bits than fp32, and a code may be one rounding beside
     * PyTorch's.
     */
    private static final double TOLERANCE = 3e-2;

    private Fp8Coders() {}

    /**
     * On a CPU the composed coder: the same rounding as on a GPU with fp8 units, slowly. On a GPU
     * the fused one if its units and kernels conform on fixed numbers. Otherwise null, with the
     * reason in the log: weights are then spread.
     */
    public static Fp8Coder choose(
            DevicePlace place,
            LlamaConfig model,
            Kernels kernels,
            LlamaScript script,
            QuantizeScript quantize,
            HeldScope run) {
        if (place.format() != WeightFormat.FP8 || !Fp8Coder.fits(model)) {
            return null;
        }
        int device = place.number();
        if (device == DeviceTensors.CPU) {
            return composed(script, quantize, device, run);
        }
        String failure;
        try {
            if (!(kernels instanceof FusedKernels fused)) {
                return null;
            }
            Fp8Coder coder = new FusedFp8Coder(fused.cuda(), quantize, device);
            double difference = difference(coder, script, quantize, place);
            if (difference <= TOLERANCE) {
                return coder;
            }
            failure = "differs by " + difference + " from ordinary products";
        } catch (RuntimeException e) {
            failure = "fails: " + e.getMessage();
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "fp8 products are passed over on device {0}: their trial {1}",
                device,
                failure);
        return null;
    }

    static Fp8Coder composed(
            LlamaScript script, QuantizeScript quantize, int device, HeldScope run) {
        Tensor none = script.zerosMatrix(run.scope(), 0, 1, TorchDtype.FP32, device);
        return new ComposedFp8Coder(quantize, none);
    }

    /**
     * The largest difference of y = x.WT and dx = dy.W, LoRA left out, from ordinary products of
     * operands coded by PyTorch.
     */
    static double difference(
            Fp8Coder coder, LlamaScript script, QuantizeScript quantize, DevicePlace place) {
        int dtype = TorchDtype.of(place.precision());
        int device = place.number();
        DeviceTensors tensors = new DeviceTensors(script, device);
        try (HeldScope scope = new HeldScope(script, Account.NONE)) {
            Fp8Coder composed = composed(script, quantize, device, scope);
            Rows x = new Rows(
                    quantize.sample(scope.scope(), TOKENS, IN, 0.1, dtype, device), TOKENS, IN);
            Rows dy = new Rows(
                    quantize.sample(scope.scope(), TOKENS, OUT, 0.2, dtype, device), TOKENS, OUT);
            Tensor weight = quantize.sample(scope.scope(), OUT, IN, 0.3, dtype, device);
            TensorList parts = quantize.fp8Quantize(scope.scope(), weight);
            Tensor codes = quantize.element(scope.scope(), parts, 0);
            Tensor scale = quantize.element(scope.scope(), parts, 1);
            TensorList beside = script.beside(scope.scope(), codes, scale, 0, dtype);
            Tensor noBias = script.zeros(scope.scope(), 0, dtype, device);
            Tensor du = script.columns(scope.scope(), dy.tensor(), OUT);
            Tensor turned = coder.turned(scope, codes, OUT, IN);

            Tensor y = script.linear()
                    .fp8Linear(
                            scope.scope(),
                            x.tensor(),
                            coder.rows(scope, x, IN),
                            beside,
                            noBias,
                            1.0);
            Tensor dx = script.linear()
                    .fp8Vjp(
                            scope.scope(),
                            coder.scaledRows(scope, dy, OUT, scale),
                            du,
                            turned,
                            beside,
                            0,
                            IN);
            float[] ones = new float[OUT];
            Arrays.fill(ones, 1);
            Tensor one = tensors.floats(scope.scope(), ones, Precision.FP32);
            Tensor unscaled = quantize.fp8Dequantize(
                    scope.scope(), codes, script.asMatrix(scope.scope(), one, OUT, 1), dtype);
            Tensor expectedY = script.product(
                    scope.scope(),
                    decoded(quantize, scope, composed.rows(scope, x, IN), dtype),
                    quantize.fp8Dequantize(scope.scope(), codes, scale, dtype));
            Tensor expectedDx = script.productVjp(
                    scope.scope(),
                    decoded(quantize, scope, composed.scaledRows(scope, dy, OUT, scale), dtype),
                    unscaled);
            return Math.max(
                    Conformance.difference(
                            read(tensors, y, TOKENS * OUT), read(tensors, expectedY, TOKENS * OUT)),
                    Conformance.difference(
                            read(tensors, dx, TOKENS * IN),
                            read(tensors, expectedDx, TOKENS * IN)));
        }
    }

    private static Tensor decoded(
            QuantizeScript quantize, HeldScope into, TensorList coded, int dtype) {
        return quantize.fp8Dequantize(
                into.scope(),
                quantize.element(into.scope(), coded, 0),
                quantize.element(into.scope(), coded, 1),
                dtype);
    }

    private static double[] read(DeviceTensors tensors, Tensor matrix, int count) {
        double[] values = new double[count];
        tensors.read(matrix, 0, values);
        return values;
    }
}
