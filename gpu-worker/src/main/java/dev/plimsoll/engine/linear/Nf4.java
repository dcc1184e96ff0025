package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.shapes.WeightFormat;

/**
 * 4-bit weights with doubly quantized scales (Dettmers et al. 2023, QLoRA, section 3); layout in
 * quantize.py.
 */
public final class Nf4 {

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

    static void requireBlocks(String name, long rows, long columns) {
        if (!WeightFormat.NF4.takes(Math.multiplyExact(rows, columns))) {
            throw new ModelException(
                    "tensor " + name + " of " + rows + " x " + columns + " has " + rows * columns
                            + " elements, not a multiple of the " + WeightFormat.NF4_BLOCK
                            + " that share a scale in nf4; choose precision bf16 or fp8");
        }
    }
}
