package dev.plimsoll.model.hf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * One tensor inside a memory-mapped safetensors file; valid until the file is closed.
 *
 * @param bytes little-endian, row-major, possibly unaligned
 */
public record TensorView(String name, Dtype dtype, long[] shape, MemorySegment bytes) {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    public long elements() {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    /** The element at a row-major index as a double; exact for every floating type here. */
    public double at(long index) {
        return switch (dtype) {
            case F64 -> bytes.get(DOUBLE, index * 8);
            case F32 -> bytes.get(FLOAT, index * 4);
            case BF16 -> Dtype.fromBf16(bytes.get(SHORT, index * 2));
            case F16 -> Float.float16ToFloat(bytes.get(SHORT, index * 2));
            case I32 -> bytes.get(INT, index * 4);
            case I64 -> bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, index * 8);
            case U8 -> bytes.get(ValueLayout.JAVA_BYTE, index) & 0xff;
            case BOOL, I8, I16, U16, U32, U64, F8_E4M3, F8_E5M2, C64, OTHER ->
                throw new ModelException(
                        "tensor " + name + " has elements of type " + dtype.torchName()
                                + ", which cannot be read; give an unquantized model or adapter");
        };
    }

    /** All elements as floats; fp64 is rounded. */
    public float[] toFloats() {
        float[] values = new float[Math.toIntExact(elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) at(i);
        }
        return values;
    }

    public double[] toDoubles() {
        double[] values = new double[Math.toIntExact(elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = at(i);
        }
        return values;
    }

    /** Whether the other has the same type, shape and bytes; nothing is copied to the heap. */
    boolean isCopyOf(TensorView other) {
        return dtype == other.dtype
                && Arrays.equals(shape, other.shape)
                && bytes.mismatch(other.bytes) < 0;
    }

    /** Name, type and shape. */
    public String describe() {
        return name + " " + dtype + Arrays.toString(shape);
    }
}
