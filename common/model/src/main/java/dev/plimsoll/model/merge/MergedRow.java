package dev.plimsoll.model.merge;

import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.ModelException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Adds changes to rows of a weight in the weight's own type: W + ΔW is computed in fp32 (fp64 where
 * W is), and rounded to nearest, ties to even. One thread uses it at a time.
 */
final class MergedRow {

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    private final Dtype dtype;
    private final float[] change;
    private final short[] halves;
    private double wanted;
    private double lost;
    private long overflows;

    MergedRow(Dtype dtype, int in) {
        this.dtype = dtype;
        this.change = new float[in];
        this.halves = new short[dtype.bytes() == Short.BYTES ? in : 0];
    }

    /** Where the row's change is put before {@link #add}. */
    float[] change() {
        return change;
    }

    /** Reads the row of the base at {@code from} and writes the merged one, in bytes. */
    void add(MemorySegment base, long from, MemorySegment merged, long to) {
        switch (dtype) {
            case BF16 -> bf16(base, from, merged, to);
            case F16 -> f16(base, from, merged, to);
            case F32 -> {
                for (int i = 0; i < change.length; i++) {
                    float before = base.get(FLOAT, from + 4L * i);
                    float after = before + change[i];
                    merged.set(FLOAT, to + 4L * i, after);
                    count(before, after, change[i]);
                }
            }
            case F64 -> {
                for (int i = 0; i < change.length; i++) {
                    double before = base.get(DOUBLE, from + 8L * i);
                    double after = before + change[i];
                    merged.set(DOUBLE, to + 8L * i, after);
                    count(before, after, change[i]);
                }
            }
            case I64, I32, U8, BOOL, I8, I16, U16, U32, U64, F8_E4M3, F8_E5M2, C64, OTHER ->
                throw new ModelException("a model cannot have weights of type " + dtype);
        }
    }

    private void bf16(MemorySegment base, long from, MemorySegment merged, long to) {
        MemorySegment.copy(base, SHORT, from, halves, 0, halves.length);
        for (int i = 0; i < halves.length; i++) {
            float before = Dtype.fromBf16(halves[i]);
            halves[i] = Dtype.toBf16(before + change[i]);
            count(before, Dtype.fromBf16(halves[i]), change[i]);
        }
        MemorySegment.copy(halves, 0, merged, SHORT, to, halves.length);
    }

    private void f16(MemorySegment base, long from, MemorySegment merged, long to) {
        MemorySegment.copy(base, SHORT, from, halves, 0, halves.length);
        for (int i = 0; i < halves.length; i++) {
            float before = Float.float16ToFloat(halves[i]);
            halves[i] = Float.floatToFloat16(before + change[i]);
            count(before, Float.float16ToFloat(halves[i]), change[i]);
        }
        MemorySegment.copy(halves, 0, merged, SHORT, to, halves.length);
    }

    private void count(double before, double after, double asked) {
        double difference = after - before - asked;
        wanted += asked * asked;
        lost += difference * difference;
        if (!Double.isFinite(after)) {
            overflows++;
        }
    }

    /** Σ ΔW² of all rows so far. */
    double wanted() {
        return wanted;
    }

    /** Σ (merged − W − ΔW)² of all rows so far. */
    double lost() {
        return lost;
    }

    /** How many merged values are not finite. */
    long overflows() {
        return overflows;
    }
}
