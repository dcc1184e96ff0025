package dev.plimsoll.engine.script;

import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.TensorView;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Moves numbers between Java and tensors on one device: into a CPU tensor through its address, then
 * a copy by PyTorch; the same backwards.
 */
public final class DeviceTensors {

    private final TorchScript script;
    private final int device;

    public static final int CPU = -1;

    /** @param device -1 is the CPU, n the n-th GPU, as in llama.py */
    public DeviceTensors(TorchScript script, int device) {
        this.script = script;
        this.device = device;
    }

    public TorchScript script() {
        return script;
    }

    public int device() {
        return device;
    }

    public Value integers(Scope into, long[] values, int torchDtype) {
        try (Scope host = script.scope()) {
            Value staged = script.call(host, "empty", values.length, Precision.INT64);
            script.withBytes(
                    staged,
                    8L * values.length,
                    bytes -> MemorySegment.copy(
                            values, 0, bytes, ValueLayout.JAVA_LONG, 0, values.length));
            return script.call(into, "place", staged, torchDtype, device);
        }
    }

    public Value doubles(Scope into, double[] values, Precision precision) {
        try (Scope host = script.scope()) {
            Value staged = script.call(host, "empty", values.length, Precision.FP64.torchDtype());
            script.withBytes(
                    staged,
                    8L * values.length,
                    bytes -> MemorySegment.copy(
                            values, 0, bytes, ValueLayout.JAVA_DOUBLE, 0, values.length));
            return script.call(into, "place", staged, precision.torchDtype(), device);
        }
    }

    public Value floats(Scope into, float[] values, Precision precision) {
        try (Scope host = script.scope()) {
            Value staged = script.call(host, "empty", values.length, Precision.FP32.torchDtype());
            script.withBytes(
                    staged,
                    4L * values.length,
                    bytes -> MemorySegment.copy(
                            values, 0, bytes, ValueLayout.JAVA_FLOAT, 0, values.length));
            return script.call(into, "place", staged, precision.torchDtype(), device);
        }
    }

    /**
     * A checkpoint's vector or matrix in the given precision; only one tensor is staged at a time.
     */
    public Value weight(Scope into, TensorView view, Precision precision) {
        try (Scope host = script.scope()) {
            Value staged = script.call(host, "empty", view.elements(), torchDtype(view.dtype()));
            script.withBytes(
                    staged, view.bytes().byteSize(), bytes -> bytes.copyFrom(view.bytes()));
            if (view.shape().length == 1) {
                return script.call(into, "place", staged, precision.torchDtype(), device);
            }
            return script.call(
                    into, "matrix", staged, view.shape()[0], precision.torchDtype(), device);
        }
    }

    /** Copies into.length elements of the flattened tensor, from element number from. */
    public void read(Value tensor, long from, float[] into) {
        try (Scope host = script.scope()) {
            Value copy = script.call(
                    host, "fetch", tensor, from, into.length, Precision.FP32.torchDtype());
            script.withBytes(
                    copy,
                    4L * into.length,
                    bytes -> MemorySegment.copy(
                            bytes, ValueLayout.JAVA_FLOAT, 0, into, 0, into.length));
        }
    }

    public void read(Value tensor, long from, double[] into) {
        try (Scope host = script.scope()) {
            Value copy = script.call(
                    host, "fetch", tensor, from, into.length, Precision.FP64.torchDtype());
            script.withBytes(
                    copy,
                    8L * into.length,
                    bytes -> MemorySegment.copy(
                            bytes, ValueLayout.JAVA_DOUBLE, 0, into, 0, into.length));
        }
    }

    private static int torchDtype(Dtype dtype) {
        return switch (dtype) {
            case F64 -> 7;
            case F32 -> 6;
            case F16 -> 5;
            case BF16 -> 15;
            case I64 -> 4;
            case I32 -> 3;
            case U8 -> 0;
        };
    }
}
