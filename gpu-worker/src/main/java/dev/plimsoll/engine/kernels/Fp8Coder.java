package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.Value;

/** Codes activations in e4m3 and turns coded weights, as the fp8 units want their operands. */
public interface Fp8Coder {

    /** The first columns of x -> [codes [t, columns], scale [t, 1]]. */
    Value rows(HeldScope into, Rows x, int columns);

    /** The same of x times factor [columns, 1]. */
    Value scaledRows(HeldScope into, Rows x, int columns, Value factor);

    /** codes [o, i] -> [i, o]. */
    Value turned(HeldScope into, Value codes, int o, int i);

    /** Bytes of t coded rows and their scales. */
    static long bytes(int rows, int columns) {
        return (long) rows * (columns + Float.BYTES);
    }
}
