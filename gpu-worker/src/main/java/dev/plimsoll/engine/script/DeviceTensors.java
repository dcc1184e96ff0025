package dev.plimsoll.engine.script;

import dev.plimsoll.model.hf.TensorView;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Moves numbers between Java and tensors on one device: into a CPU tensor through its address, then
 * a copy by PyTorch; the same backwards.
 */
public final class DeviceTensors {

    private final LlamaScript script;
    private final int device;

    public static final int CPU = -1;

    /** @param device -1 is the CPU, n the n-th GPU, as in llama.py */
    public DeviceTensors(LlamaScript script, int device) {
        this.script = script;
        this.device = device;
    }

    public LlamaScript script() {
        return script;
    }

    public int device() {
        return device;
    }

    public Tensor integers(Scope into, long[] values, int torchDtype) {
        try (Scope host = script.scope()) {
            Tensor staged = script.empty(host, values.length, TorchDtype.INT64);
            script.withBytes(
                    staged,
                    8L * values.length,
                    bytes -> MemorySegment.copy(
                            values, 0, bytes, ValueLayout.JAVA_LONG, 0, values.length));
            return script.place(into, staged, torchDtype, device);
        }
    }

    public Tensor doubles(Scope into, double[] values, Precision precision) {
        try (Scope host = script.scope()) {
            Tensor staged = script.empty(host, values.length, TorchDtype.FP64);
            script.withBytes(
                    staged,
                    8L * values.length,
                    bytes -> MemorySegment.copy(
                            values, 0, bytes, ValueLayout.JAVA_DOUBLE, 0, values.length));
            return script.place(into, staged, precision.torchDtype(), device);
        }
    }

    public Tensor floats(Scope into, float[] values, Precision precision) {
        try (Scope host = script.scope()) {
            Tensor staged = script.empty(host, values.length, TorchDtype.FP32);
            script.withBytes(
                    staged,
                    4L * values.length,
                    bytes -> MemorySegment.copy(
                            values, 0, bytes, ValueLayout.JAVA_FLOAT, 0, values.length));
            return script.place(into, staged, precision.torchDtype(), device);
        }
    }

    /** A vector or matrix of a file in the given precision; only one tensor is staged at a time. */
    public Tensor weight(Scope into, TensorView view, Precision precision) {
        try (Scope host = script.scope()) {
            Tensor staged = script.empty(host, view.elements(), TorchDtype.of(view.dtype()));
            script.withBytes(
                    staged, view.bytes().byteSize(), bytes -> bytes.copyFrom(view.bytes()));
            if (view.shape().length == 1) {
                return script.place(into, staged, precision.torchDtype(), device);
            }
            return script.matrix(into, staged, view.shape()[0], precision.torchDtype(), device);
        }
    }

    /** Copies into.length elements of the flattened tensor, from element number from. */
    public void read(Tensor tensor, long from, float[] into) {
        try (Scope host = script.scope()) {
            Tensor copy = script.fetch(host, tensor, from, into.length, TorchDtype.FP32);
            script.withBytes(
                    copy,
                    4L * into.length,
                    bytes -> MemorySegment.copy(
                            bytes, ValueLayout.JAVA_FLOAT, 0, into, 0, into.length));
        }
    }

    public void read(Tensor tensor, long from, double[] into) {
        try (Scope host = script.scope()) {
            Tensor copy = script.fetch(host, tensor, from, into.length, TorchDtype.FP64);
            script.withBytes(
                    copy,
                    8L * into.length,
                    bytes -> MemorySegment.copy(
                            bytes, ValueLayout.JAVA_DOUBLE, 0, into, 0, into.length));
        }
    }
}
