package dev.plimsoll.model.shapes;

import java.util.Locale;

/** How the matrices of the layers are kept. Embedding, norms and head are bf16 in each of them. */
public enum WeightFormat {
    BF16,
    /** e4m3 with an fp32 scale per row. */
    FP8,
    /** 4 bits with doubly quantized scales. */
    NF4;

    /** Elements that share a scale in nf4. */
    public static final int NF4_BLOCK = 64;
    /** Scales that share a scale of their own in nf4. */
    public static final int NF4_SCALE_BLOCK = 256;

    /** Of a matrix [rows, columns] on the device. */
    public long bytes(long rows, long columns) {
        return switch (this) {
            case BF16 -> 2 * rows * columns;
            case FP8 -> rows * columns + Float.BYTES * rows;
            case NF4 -> nf4Bytes(rows * columns);
        };
    }

    /** Codes n/2, scale codes n/64, an fp32 scale per 256 scales, an fp32 offset. */
    private static long nf4Bytes(long elements) {
        long scales = elements / NF4_BLOCK;
        return elements / 2
                + scales
                + Float.BYTES * Math.ceilDiv(scales, NF4_SCALE_BLOCK)
                + Float.BYTES;
    }

    /** Whether a matrix of so many elements can be kept so. */
    public boolean takes(long elements) {
        return this != NF4 || elements % NF4_BLOCK == 0;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
