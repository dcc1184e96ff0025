package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.linear.Linear;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.hf.LlamaConfig;

/** Codes activations in e4m3 and turns coded weights, as the fp8 units want their operands. */
public interface Fp8Coder {

    /** Of the operands' dimensions, demanded by the fp8 units. */
    int WIDTH_MULTIPLE = 16;

    /** The first columns of x -> [codes [t, columns], scale [t, 1]]. */
    TensorList rows(HeldScope into, Rows x, int columns);

    /** The same of x times factor [columns, 1]. */
    TensorList scaledRows(HeldScope into, Rows x, int columns, Tensor factor);

    /** codes [o, i] -> [i, o]. */
    Tensor turned(HeldScope into, Tensor codes, int o, int i);

    /** Bytes of t coded rows and their scales. */
    static long bytes(int rows, int columns) {
        return (long) rows * (columns + Float.BYTES);
    }

    /** Whether the fp8 units take this model's widths. */
    static boolean fits(LlamaConfig model) {
        return model.headDim() % WIDTH_MULTIPLE == 0
                && Linear.all().stream()
                        .allMatch(linear -> linear.rows(model) % WIDTH_MULTIPLE == 0
                                && linear.columns(model) % WIDTH_MULTIPLE == 0);
    }
}
