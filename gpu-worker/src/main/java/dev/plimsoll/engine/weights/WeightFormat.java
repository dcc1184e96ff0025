package dev.plimsoll.engine.weights;

import dev.plimsoll.engine.linear.Nf4;

import java.util.Locale;

/** How the matrices of the layers are kept. Embedding, norms and head are bf16 in each of them. */
public enum WeightFormat {
    BF16,
    /** e4m3 with an fp32 scale per row. */
    FP8,
    NF4;

    /** Of a matrix [rows, columns] on the device. */
    public long bytes(long rows, long columns) {
        return switch (this) {
            case BF16 -> 2 * rows * columns;
            case FP8 -> rows * columns + Float.BYTES * rows;
            case NF4 -> Nf4.bytes(rows * columns);
        };
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
