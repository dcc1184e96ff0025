package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.hf.ModelException;

/**
 * 4-bit weights with doubly quantized scales (Dettmers et al. 2023, QLoRA, section 3); layout in
 * quantize.py.
 */
public final class Nf4 {

    /** Elements that share a scale. */
    public static final int BLOCK = 64;
    /** Scales that share a scale of their own. */
    public static final int SCALE_BLOCK = 256;

    private final QuantizeScript script;
    private final TensorList tables;

    /**
     * @param script with the methods of quantize.py
     * @param into keeps the tables of the device, a few kilobytes
     * @param device -1 is the CPU, n the n-th GPU
     */
    public Nf4(QuantizeScript script, Scope into, int device) {
        this.script = script;
        tables = script.nf4Tables(into, device);
    }

    /** For the methods of quantize.py that take them. */
    public TensorList tables() {
        return tables;
    }

    /**
     * The four parts of a matrix [rows, columns], as a list; it must be on the tables' device and
     * finite.
     */
    public TensorList quantize(Scope into, String name, Tensor matrix, long rows, long columns) {
        requireBlocks(name, rows, columns);
        return script.nf4Quantize(into, matrix, tables);
    }

    /** Whether a matrix can be quantized at all. */
    public static boolean fits(long elements) {
        return elements % BLOCK == 0;
    }

    /** Codes n/2, scale codes n/64, an fp32 scale per 256 scales, an fp32 offset. */
    public static long bytes(long elements) {
        long scales = elements / BLOCK;
        return elements / 2
                + scales
                + Float.BYTES * Math.ceilDiv(scales, SCALE_BLOCK)
                + Float.BYTES;
    }

    static void requireBlocks(String name, long rows, long columns) {
        if (!fits(Math.multiplyExact(rows, columns))) {
            throw new ModelException(
                    "tensor " + name + " of " + rows + " x " + columns + " has " + rows * columns
                            + " elements, not a multiple of the " + BLOCK
                            + " that share a scale in nf4; choose precision bf16 or fp8");
        }
    }
}
