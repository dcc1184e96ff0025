package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.linear.Fp8Products;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.Precision;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.engine.script.Value;
import dev.plimsoll.engine.weights.WeightFormat;
import dev.plimsoll.model.hf.LlamaConfig;

import java.util.Arrays;

/** Says whether, and by what coder, fp8 weights are multiplied as they are. */
public final class Fp8Coders {

    private static final System.Logger LOG = System.getLogger(Fp8Coders.class.getName());

    private static final int TOKENS = 24;
    private static final int IN = 128;
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
            TorchScript script,
            TorchScript quantize,
            HeldScope run) {
        if (place.format() != WeightFormat.FP8 || !Fp8Products.fits(model)) {
            return null;
        }
        int device = place.number();
        Fp8Coder composed = composed(script, quantize, device, run);
        if (device == DeviceTensors.CPU) {
            return composed;
        }
        String fault;
        try {
            if (!(kernels instanceof FusedKernels fused)) {
                return null;
            }
            Fp8Coder coder = new FusedFp8Coder(fused.module(), quantize, device, composed);
            double difference = difference(coder, script, quantize, place);
            if (difference <= TOLERANCE) {
                return coder;
            }
            fault = "differs by " + difference + " from ordinary products";
        } catch (RuntimeException e) {
            fault = "fails: " + e.getMessage();
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "fp8 products are passed over on device {0}: their trial {1}",
                device,
                fault);
        return null;
    }

    static Fp8Coder composed(TorchScript script, TorchScript quantize, int device, HeldScope run) {
        Value none =
                script.call(run.scope(), "zeros_matrix", 0, 1, Precision.FP32.torchDtype(), device);
        return new ComposedFp8Coder(quantize, none);
    }

    /**
     * The largest difference of y = x.WT and dx = dy.W, LoRA left out, from ordinary products of
     * operands coded by PyTorch.
     */
    static double difference(
            Fp8Coder coder, TorchScript script, TorchScript quantize, DevicePlace place) {
        int dtype = place.precision().torchDtype();
        int device = place.number();
        DeviceTensors tensors = new DeviceTensors(script, device);
        try (HeldScope scope = new HeldScope(script, Account.NONE)) {
            Fp8Coder composed = composed(script, quantize, device, scope);
            Rows x = new Rows(
                    quantize.call(scope.scope(), "sample", TOKENS, IN, 0.1, dtype, device),
                    TOKENS,
                    IN);
            Rows dy = new Rows(
                    quantize.call(scope.scope(), "sample", TOKENS, OUT, 0.2, dtype, device),
                    TOKENS,
                    OUT);
            Value weight = quantize.call(scope.scope(), "sample", OUT, IN, 0.3, dtype, device);
            Value parts = quantize.call(scope.scope(), "fp8_quantize", weight);
            Value codes = quantize.element(scope.scope(), parts, 0);
            Value scale = quantize.element(scope.scope(), parts, 1);
            Value beside = script.call(scope.scope(), "beside", codes, scale, 0, dtype);
            Value noBias = script.call(scope.scope(), "zeros", 0, dtype, device);
            Value du = script.call(scope.scope(), "columns", dy.tensor(), OUT);
            Value turned = coder.turned(scope, codes, OUT, IN);

            Value y = script.call(
                    scope.scope(),
                    "fp8_linear",
                    x.tensor(),
                    coder.rows(scope, x, IN),
                    beside,
                    noBias,
                    1.0);
            Value dx = script.call(
                    scope.scope(),
                    "fp8_vjp",
                    coder.scaledRows(scope, dy, OUT, scale),
                    du,
                    turned,
                    beside,
                    0,
                    IN);
            float[] ones = new float[OUT];
            Arrays.fill(ones, 1);
            Value one = tensors.floats(scope.scope(), ones, Precision.FP32);
            Value unscaled = quantize.call(
                    scope.scope(),
                    "fp8_dequantize",
                    codes,
                    script.call(scope.scope(), "as_matrix", one, OUT, 1),
                    dtype);
            Value expectedY = script.call(
                    scope.scope(),
                    "product",
                    decoded(quantize, scope, composed.rows(scope, x, IN), dtype),
                    quantize.call(scope.scope(), "fp8_dequantize", codes, scale, dtype));
            Value expectedDx = script.call(
                    scope.scope(),
                    "product_vjp",
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

    private static Value decoded(TorchScript quantize, HeldScope into, Value coded, int dtype) {
        return quantize.call(
                into.scope(),
                "fp8_dequantize",
                quantize.element(into.scope(), coded, 0),
                quantize.element(into.scope(), coded, 1),
                dtype);
    }

    private static double[] read(DeviceTensors tensors, Value matrix, int count) {
        double[] values = new double[count];
        tensors.read(matrix, 0, values);
        return values;
    }
}
