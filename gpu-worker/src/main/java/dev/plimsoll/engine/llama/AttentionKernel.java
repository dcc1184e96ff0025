package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.torch.Scope;
import dev.plimsoll.engine.torch.TorchScript;
import dev.plimsoll.engine.torch.Value;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Ways to compute attention, the preferred one first. Each is a resource that is put in front of llama.py. At start the
 * candidates run on fixed numbers and are compared with COMPOSED: one that fails or differs is passed over by name.
 */
enum AttentionKernel {
    CUDA_FLASH("attention_cuda_flash.py"),
    CPU_FLASH("attention_cpu_flash.py"),
    COMPOSED("attention_composed.py");

    private static final System.Logger LOG = System.getLogger(AttentionKernel.class.getName());
    private static final String CLASS_NAME = "Llama";
    private static final int HEADS = 4;
    private static final int KEY_VALUE_HEADS = 2;
    private static final int HEAD_DIM = 16;
    private static final long[] BOUNDS = {0, 5, 6, 16};
    private static final int LONGEST = 10;

    private final String resource;

    AttentionKernel(String resource) {
        this.resource = resource;
    }

    /** A kernel that conforms on this device, and the whole model's script compiled with it. */
    record Chosen(AttentionKernel kernel, TorchScript script) {}

    static Chosen choose(int device, Precision precision) {
        double[] expected;
        try (TorchScript composed = COMPOSED.load()) {
            expected = COMPOSED.check(composed, device, precision);
        }
        for (AttentionKernel candidate : candidates(device, precision)) {
            TorchScript script = null;
            String fault;
            try {
                script = candidate.load();
                double difference = relative(candidate.check(script, device, precision), expected);
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
        throw new IllegalStateException("no attention kernel works on device " + device + " in " + precision.label()
                + ", not even " + COMPOSED + "; see the warnings above");
    }

    private static List<AttentionKernel> candidates(int device, Precision precision) {
        List<AttentionKernel> candidates = new ArrayList<>();
        if (device >= 0 && precision == Precision.BF16) {
            candidates.add(CUDA_FLASH);
        }
        if (device < 0) {
            candidates.add(CPU_FLASH);
        }
        candidates.add(COMPOSED);
        return candidates;
    }

    /** Largest difference over largest value that still counts as the same, for sums of ten terms. */
    private static double tolerance(Precision precision) {
        return switch (precision) {
            case FP64 -> 1e-12;
            case FP32 -> 1e-5;
            case BF16 -> 2e-2;
        };
    }

    TorchScript load() {
        return TorchScript.load(CLASS_NAME, source(resource) + "\n" + source("llama.py"));
    }

    private double[] check(TorchScript script, int device, Precision precision) {
        int tokens = (int) BOUNDS[BOUNDS.length - 1];
        DeviceTensors tensors = new DeviceTensors(script, device);
        try (Scope scope = script.scope()) {
            Value q = sample(script, scope, 0.1, HEADS, device, precision);
            Value k = sample(script, scope, 0.2, KEY_VALUE_HEADS, device, precision);
            Value v = sample(script, scope, 0.3, KEY_VALUE_HEADS, device, precision);
            Value derivative = sample(script, scope, 0.4, HEADS, device, precision);
            Value bounds = tensors.integers(scope, BOUNDS, boundsDtype(device));
            Value all = script.call(scope, "attention_check", q, k, v, derivative, bounds, LONGEST);
            double[] values = new double[2 * tokens * (HEADS + KEY_VALUE_HEADS) * HEAD_DIM];
            tensors.read(all, 0, values);
            return values;
        }
    }

    private static Value sample(
            TorchScript script, Scope scope, double phase, int heads, int device, Precision precision) {
        long elements = BOUNDS[BOUNDS.length - 1] * heads * HEAD_DIM;
        return script.call(scope, "sample", elements, phase, heads, HEAD_DIM, precision.torchDtype(), device);
    }

    /** The CUDA kernel reads the bounds on the device, as int32; on the CPU they are read one by one. */
    static int boundsDtype(int device) {
        return device >= 0 ? Precision.INT32 : Precision.INT64;
    }

    private static double relative(double[] values, double[] expected) {
        double difference = 0;
        double largest = 0;
        for (int i = 0; i < values.length; i++) {
            double d = Math.abs(values[i] - expected[i]);
            difference = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(difference, d);
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        return difference / largest;
    }

    private static String source(String name) {
        try (InputStream in = AttentionKernel.class.getResourceAsStream("/dev/plimsoll/engine/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
