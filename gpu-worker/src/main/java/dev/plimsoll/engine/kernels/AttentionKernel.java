package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.Precision;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.engine.script.Value;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Ways to compute attention, the preferred one first. Each is a resource that is put in front of
 * llama.py. At start the candidates run on fixed numbers and are compared with COMPOSED: one that
 * fails or differs is passed over by name.
 */
public enum AttentionKernel {
    CUDA_DENSE("attention_cuda_flash.py", "attention_cuda_dense.py"),
    CUDA_FLASH("attention_cuda_flash.py", "attention_cuda_flash_end.py"),
    CPU_FLASH("attention_cpu_flash.py"),
    COMPOSED("attention_composed.py");

    private static final System.Logger LOG = System.getLogger(AttentionKernel.class.getName());
    private static final String CLASS_NAME = "Llama";
    private static final int HEADS = 4;
    private static final int KEY_VALUE_HEADS = 2;
    private static final int HEAD_DIM = 64;

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

    private final String[] resources;

    AttentionKernel(String... resources) {
        this.resources = resources;
    }

    /** A kernel that conforms on this device, and the whole model's script compiled with it. */
    public record Chosen(AttentionKernel kernel, TorchScript script) {}

    /** @param windows whether the model has layers with sliding attention */
    public static Chosen choose(int device, Precision precision, boolean windows) {
        for (AttentionKernel candidate : candidates(device, precision, windows)) {
            TorchScript script = null;
            String fault;
            try {
                script = candidate.load();
                double difference = candidate.difference(script, device, precision, windows);
                if (difference <= tolerance(precision)) {
                    return new Chosen(candidate, script);
                }
                fault = "differs by " + difference + " from " + COMPOSED;
            } catch (RuntimeException e) {
                fault = "fails: " + e.getMessage();
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
                    fault);
        }
        throw new IllegalStateException("no attention kernel works on device " + device + " in "
                + precision.label() + ", not even " + COMPOSED + "; see the warnings above");
    }

    /** The largest difference from COMPOSED over the ways in which this kernel will be asked. */
    private double difference(
            TorchScript script, int device, Precision precision, boolean windows) {
        double largest = 0;
        try (TorchScript composed = COMPOSED.load()) {
            for (Trial trial : Trial.values()) {
                if (trial.window == 0 || windows) {
                    double[] expected = check(composed, trial, device, precision);
                    largest = Math.max(
                            largest,
                            Conformance.difference(
                                    check(script, trial, device, precision), expected));
                }
            }
        }
        return largest;
    }

    private static List<AttentionKernel> candidates(
            int device, Precision precision, boolean windows) {
        List<AttentionKernel> candidates = new ArrayList<>();
        if (device >= 0 && precision == Precision.BF16) {
            candidates.add(CUDA_DENSE);
            candidates.add(CUDA_FLASH);
        }
        if (device < 0 && !windows) {
            candidates.add(CPU_FLASH);
        }
        candidates.add(COMPOSED);
        return candidates;
    }

    /**
     * Largest difference over largest value that still counts as the same, for sums of ten terms.
     */
    private static double tolerance(Precision precision) {
        return switch (precision) {
            case FP64 -> 1e-12;
            case FP32 -> 1e-5;
            case BF16 -> 2e-2;
        };
    }

    public TorchScript load() {
        StringBuilder text = new StringBuilder();
        for (String resource : resources) {
            text.append(source(resource)).append('\n');
        }
        return TorchScript.load(CLASS_NAME, text + source("llama.py"));
    }

    private static double[] check(
            TorchScript script, Trial trial, int device, Precision precision) {
        int tokens = (int) trial.bounds[trial.bounds.length - 1];
        DeviceTensors tensors = new DeviceTensors(script, device);
        try (Scope scope = script.scope()) {
            int width = (HEADS + 2 * KEY_VALUE_HEADS) * HEAD_DIM;
            Value qkv = sample(script, scope, 0.1, tokens, width, device, precision);
            Value derivative =
                    sample(script, scope, 0.4, tokens, HEADS * HEAD_DIM, device, precision);
            Value all = script.call(
                    scope,
                    "attention_check",
                    qkv,
                    derivative,
                    HEADS,
                    KEY_VALUE_HEADS,
                    HEAD_DIM,
                    tensors.integers(scope, trial.bounds, boundsDtype(device)),
                    trial.longest,
                    trial.equal,
                    trial.window);
            double[] values = new double[2 * tokens * (HEADS + KEY_VALUE_HEADS) * HEAD_DIM];
            tensors.read(all, 0, values);
            return values;
        }
    }

    private static Value sample(
            TorchScript script,
            Scope scope,
            double phase,
            int rows,
            int columns,
            int device,
            Precision precision) {
        long elements = (long) rows * columns;
        return script.call(
                scope, "sample", elements, phase, columns, precision.torchDtype(), device);
    }

    /**
     * The CUDA kernel reads the bounds on the device, as int32; on the CPU they are read one by
     * one.
     */
    public static int boundsDtype(int device) {
        return device >= 0 ? Precision.INT32 : Precision.INT64;
    }

    public static String source(String name) {
        try (InputStream in =
                AttentionKernel.class.getResourceAsStream("/dev/plimsoll/engine/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
