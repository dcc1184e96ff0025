package dev.plimsoll.engine.weights;

import dev.plimsoll.engine.torch.Conformance;
import dev.plimsoll.engine.torch.Scope;
import dev.plimsoll.engine.torch.TorchScript;
import dev.plimsoll.engine.torch.Value;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How products with e4m3 weights are made. Both code x and dy the same way; COMPOSED works everywhere and is what SCALED
 * is compared with at start.
 */
public enum Fp8Kernel {
    /** The card's own fp8 product, from compute capability 8.9 on. */
    SCALED("fp8_matmul", "fp8_matmul_vjp"),
    /** Ordinary products of the same codes. */
    COMPOSED("fp8_matmul_composed", "fp8_matmul_vjp_composed");

    private static final System.Logger LOG = System.getLogger(Fp8Kernel.class.getName());

    private static final int TOKENS = 24;
    private static final int IN = 64;
    private static final int OUT = 48;
    /** Both round to bf16, and the card may sum in fewer bits than fp32. */
    private static final double TOLERANCE = 2e-2;

    private final String product;
    private final String vjp;

    Fp8Kernel(String product, String vjp) {
        this.product = product;
        this.vjp = vjp;
    }

    /** The method (x, codes, scale) for y = x·Wᵀ. */
    public String product() {
        return product;
    }

    /** The method (dy, codes, scale) for dx = dy·W. */
    public String vjp() {
        return vjp;
    }

    /** SCALED where it runs and agrees with COMPOSED on fixed numbers, otherwise COMPOSED with the reason in the log. */
    public static Fp8Kernel choose(TorchScript script, int device) {
        if (device < 0) {
            return COMPOSED;
        }
        String fault;
        try {
            double difference = difference(script, device, SCALED);
            if (difference <= TOLERANCE) {
                return SCALED;
            }
            fault = "differs by " + difference + " from " + COMPOSED;
        } catch (RuntimeException e) {
            fault = "fails: " + e.getMessage();
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "fp8 kernel {0} is passed over on device {1}: it {2}",
                SCALED,
                device,
                fault);
        return COMPOSED;
    }

    /** Largest difference of kernel from COMPOSED over the largest value, of y and of dx. */
    static double difference(TorchScript script, int device, Fp8Kernel kernel) {
        try (Scope scope = script.scope()) {
            Value x = script.call(scope, "sample", TOKENS, IN, 0.1, Quantize.BF16, device);
            Value dy = script.call(scope, "sample", TOKENS, OUT, 0.2, Quantize.BF16, device);
            Value parts = script.call(
                    scope, "fp8_quantize", script.call(scope, "sample", OUT, IN, 0.3, Quantize.BF16, device));
            Value codes = script.element(scope, parts, 0);
            Value scale = script.element(scope, parts, 1);
            Value y = script.call(scope, kernel.product, x, codes, scale);
            Value dx = script.call(scope, kernel.vjp, dy, codes, scale);
            Value expectedY = script.call(scope, COMPOSED.product, x, codes, scale);
            Value expectedDx = script.call(scope, COMPOSED.vjp, dy, codes, scale);
            return Math.max(
                    Conformance.difference(read(script, y, TOKENS * OUT), read(script, expectedY, TOKENS * OUT)),
                    Conformance.difference(read(script, dx, TOKENS * IN), read(script, expectedDx, TOKENS * IN)));
        }
    }

    private static double[] read(TorchScript script, Value tensor, int count) {
        double[] values = new double[count];
        try (Scope scope = script.scope()) {
            Value host = script.call(scope, "fetch", tensor, Quantize.FP64);
            script.withBytes(
                    host,
                    (long) Double.BYTES * count,
                    bytes -> MemorySegment.copy(bytes, ValueLayout.JAVA_DOUBLE, 0, values, 0, count));
        }
        return values;
    }
}
