package dev.plimsoll.engine.weights;

import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.engine.script.Value;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** Arrays to tensors on the CPU and back. */
final class Tensors {

    private Tensors() {}

    static Value matrix(TorchScript script, Scope into, float[] values, int rows, int dtype) {
        Value flat = script.call(into, "empty", values.length, Quantize.FP32, Quantize.CPU);
        script.withBytes(
                flat,
                4L * values.length,
                bytes -> MemorySegment.copy(
                        values, 0, bytes, ValueLayout.JAVA_FLOAT, 0, values.length));
        return script.call(into, "shaped", flat, rows, dtype);
    }

    static float[] floats(TorchScript script, Value tensor, int count) {
        float[] values = new float[count];
        try (Scope scope = script.scope()) {
            Value host = script.call(scope, "fetch", tensor, Quantize.FP32);
            script.withBytes(
                    host,
                    4L * count,
                    bytes ->
                            MemorySegment.copy(bytes, ValueLayout.JAVA_FLOAT, 0, values, 0, count));
        }
        return values;
    }

    static byte[] bytes(TorchScript script, Value tensor, int count) {
        byte[] values = new byte[count];
        try (Scope scope = script.scope()) {
            Value host = script.call(scope, "fetch", tensor, Quantize.UINT8);
            script.withBytes(
                    host,
                    count,
                    bytes -> MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, 0, values, 0, count));
        }
        return values;
    }

    static float[] normal(long seed, int count, double deviation) {
        java.util.random.RandomGenerator random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return values;
    }

    /** |a - b| / |b| by L2. */
    static double relative(float[] a, float[] b) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < a.length; i++) {
            difference += Math.pow((double) a[i] - b[i], 2);
            norm += Math.pow(b[i], 2);
        }
        return Math.sqrt(difference / norm);
    }
}
