package dev.plimsoll.engine.weights;

import dev.plimsoll.engine.linear.Nf4;
import dev.plimsoll.engine.script.AttentionSource;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** Arrays to tensors on the CPU and back. */
final class Tensors {

    private Tensors() {}

    static Tensor matrix(QuantizeScript script, Scope into, float[] values, int rows, int dtype) {
        Tensor flat = script.empty(into, values.length, TorchDtype.FP32, DeviceTensors.CPU);
        script.withBytes(
                flat,
                4L * values.length,
                bytes -> MemorySegment.copy(
                        values, 0, bytes, ValueLayout.JAVA_FLOAT, 0, values.length));
        return script.shaped(into, flat, rows, dtype);
    }

    static float[] floats(Tensor tensor, int count) {
        float[] values = new float[count];
        try (LlamaScript llama = LlamaScript.load(AttentionSource.COMPOSED);
                Scope scope = llama.scope()) {
            Tensor host = llama.fetch(scope, tensor, 0, count, TorchDtype.FP32);
            llama.withBytes(
                    host,
                    4L * count,
                    bytes ->
                            MemorySegment.copy(bytes, ValueLayout.JAVA_FLOAT, 0, values, 0, count));
        }
        return values;
    }

    static byte[] bytes(Tensor tensor, int count) {
        byte[] values = new byte[count];
        try (LlamaScript llama = LlamaScript.load(AttentionSource.COMPOSED);
                Scope scope = llama.scope()) {
            Tensor host = llama.fetch(scope, tensor, 0, count, TorchDtype.UINT8);
            llama.withBytes(
                    host,
                    count,
                    bytes -> MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, 0, values, 0, count));
        }
        return values;
    }

    /** The matrix that parts in nf4 stand for, [rows, columns], on the CPU. */
    static Tensor dequantized(
            QuantizeScript script, Scope into, Nf4 nf4, TensorList parts, int rows, int dtype) {
        return dequantized(script, into, nf4, parts, rows, dtype, DeviceTensors.CPU);
    }

    static Tensor dequantized(
            QuantizeScript script,
            Scope into,
            Nf4 nf4,
            TensorList parts,
            int rows,
            int dtype,
            int device) {
        Tensor packed = script.element(into, parts, 0);
        Tensor scales = script.nf4Scales(
                into,
                script.element(into, parts, 1),
                script.element(into, parts, 2),
                script.element(into, parts, 3),
                nf4.tables());
        long elements = 2L * elements(packed);
        Tensor target =
                script.shaped(into, script.empty(into, elements, dtype, device), rows, dtype);
        script.nf4DequantizeInto(target, packed, scales, nf4.tables());
        return target;
    }

    private static long elements(Tensor tensor) {
        try (LlamaScript llama = LlamaScript.load(AttentionSource.COMPOSED)) {
            return (long) llama.elements(tensor);
        }
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
