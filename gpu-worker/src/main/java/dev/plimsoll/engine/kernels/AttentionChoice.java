package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.script.AttentionSource;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.shapes.Precision;

import java.util.ArrayList;
import java.util.List;

/**
 * The way to compute attention on a device, and the model's script compiled with it. At start the
 * candidates, the preferred one first, run on fixed numbers and are compared with COMPOSED: one
 * that fails or differs is passed over by name.
 */
public record AttentionChoice(AttentionSource source, LlamaScript script) {

    private static final System.Logger LOG = System.getLogger(AttentionChoice.class.getName());
    private static final int HEADS = 4;
    private static final int KEY_VALUE_HEADS = 2;

    /** Sequences on which kernels are compared. */
    private enum Trial {
        MIXED(10, 0, 0, 0, 5, 6, 16),
        WINDOW(10, 0, 3, 0, 5, 6, 16),
        EQUAL(8, 1, 0, 0, 8, 16);

        private final int longest;
        private final int equal;
        private final int window;
        private final long[] bounds;

        Trial(int longest, int equal, int window, long... bounds) {
            this.longest = longest;
            this.equal = equal;
            this.window = window;
            this.bounds = bounds;
        }
    }

    /**
     * @param headDim of the model: cuDNN compiles its kernels for it, which takes seconds, and
     *     better here than in the first micro-batch that is worth them
     * @param windows whether the model has layers with sliding attention
     */
    public static AttentionChoice choose(
            int device, Precision precision, int headDim, boolean windows) {
        for (AttentionSource candidate : candidates(device, precision, windows)) {
            LlamaScript script = null;
            String failure;
            try {
                script = LlamaScript.load(candidate);
                double difference = difference(script, device, precision, headDim, windows);
                if (difference <= tolerance(precision)) {
                    return new AttentionChoice(candidate, script);
                }
                failure = "differs by " + difference + " from " + AttentionSource.COMPOSED;
            } catch (RuntimeException e) {
                failure = "fails: " + e.getMessage();
            }
            if (script != null) {
                script.close();
            }
            LOG.log(
                    System.Logger.Level.WARNING,
                    "attention kernel {0} is passed over on device {1} in {2}: it {3}",
                    candidate,
                    device,
                    precision.label(),
                    failure);
        }
        throw new IllegalStateException(
                "no attention kernel works on device " + device + " in " + precision.label()
                        + ", not even " + AttentionSource.COMPOSED + "; see the warnings above");
    }

    /** The largest difference from COMPOSED over the ways in which this kernel will be asked. */
    private static double difference(
            LlamaScript script, int device, Precision precision, int headDim, boolean windows) {
        double largest = 0;
        try (LlamaScript composed = LlamaScript.load(AttentionSource.COMPOSED)) {
            for (Trial trial : Trial.values()) {
                if (trial.window == 0 || windows) {
                    double[] expected = check(composed, trial, device, precision, headDim);
                    largest = Math.max(
                            largest,
                            Conformance.difference(
                                    check(script, trial, device, precision, headDim), expected));
                }
            }
        }
        return largest;
    }

    private static List<AttentionSource> candidates(
            int device, Precision precision, boolean windows) {
        List<AttentionSource> candidates = new ArrayList<>();
        if (device >= 0 && precision == Precision.BF16) {
            candidates.add(AttentionSource.CUDA_DENSE);
            candidates.add(AttentionSource.CUDA_FLASH);
        }
        if (device < 0 && !windows) {
            candidates.add(AttentionSource.CPU_FLASH);
        }
        candidates.add(AttentionSource.COMPOSED);
        return candidates;
    }

    /**
     * Largest difference over largest value that still counts as the same, for sums of some hundred
     * terms.
     */
    private static double tolerance(Precision precision) {
        return switch (precision) {
            case FP64 -> 1e-12;
            case FP32 -> 1e-5;
            case BF16 -> 2e-2;
        };
    }

    private static double[] check(
            LlamaScript script, Trial trial, int device, Precision precision, int headDim) {
        int tokens = (int) trial.bounds[trial.bounds.length - 1];
        DeviceTensors tensors = new DeviceTensors(script, device);
        try (Scope scope = script.scope()) {
            int width = (HEADS + 2 * KEY_VALUE_HEADS) * headDim;
            Tensor qkv = sample(script, scope, 0.1, tokens, width, device, precision);
            Tensor derivative =
                    sample(script, scope, 0.4, tokens, HEADS * headDim, device, precision);
            Tensor all = script.attention()
                    .attentionCheck(
                            scope,
                            qkv,
                            derivative,
                            HEADS,
                            KEY_VALUE_HEADS,
                            headDim,
                            tensors.integers(scope, trial.bounds, boundsDtype(device)),
                            trial.longest,
                            trial.equal,
                            trial.window);
            double[] values = new double[2 * tokens * (HEADS + KEY_VALUE_HEADS) * headDim];
            tensors.read(all, 0, values);
            return values;
        }
    }

    private static Tensor sample(
            LlamaScript script,
            Scope scope,
            double phase,
            int rows,
            int columns,
            int device,
            Precision precision) {
        long elements = (long) rows * columns;
        return script.sample(scope, elements, phase, columns, TorchDtype.of(precision), device);
    }

    /**
     * The CUDA kernel reads the bounds on the device, as int32; on the CPU they are read one by
     * one.
     */
    public static int boundsDtype(int device) {
        return device >= 0 ? TorchDtype.INT32 : TorchDtype.INT64;
    }
}
