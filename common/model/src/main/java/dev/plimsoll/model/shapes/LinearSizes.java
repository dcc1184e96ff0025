package dev.plimsoll.model.shapes;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

/**
 * Sizes of the linear maps with the adapter around them, in elements; see the picture in llama.py.
 *
 * @param tailMultiple what the tails are rounded up to
 */
public record LinearSizes(LlamaConfig config, LoraSettings lora, int tailMultiple) {

    private static final int CUDA_TAIL_MULTIPLE = 64;

    /**
     * Tails of whole cache lines for tensor cores; none are wasted on a CPU.
     *
     * @param kind cpu or cuda
     */
    public static LinearSizes on(String kind, LlamaConfig config, LoraSettings lora) {
        return new LinearSizes(config, lora, kind.equals("cuda") ? CUDA_TAIL_MULTIPLE : 1);
    }

    /** o. */
    public int rows(Linear linear) {
        return linear.rows(config);
    }

    /** i. */
    public int columns(Linear linear) {
        return linear.columns(config);
    }

    /** R. */
    public int tail(Linear linear) {
        return linear.tail(lora, tailMultiple);
    }

    /** i + R: the width of an input with room for the tail. */
    public int inputWidth(Linear linear) {
        return columns(linear) + tail(linear);
    }

    /** o + R: the width of an output, or of its derivative, with room for the tail. */
    public int outputWidth(Linear linear) {
        return rows(linear) + tail(linear);
    }

    /** Of the matrix [o + R, i + R]. */
    public long matrixElements(Linear linear) {
        return (long) outputWidth(linear) * inputWidth(linear);
    }

    /** nd: the width of all queries. */
    public int queryWidth() {
        return columns(Linear.OUT);
    }

    /** h + R: the width of the derivative of the residual stream with its tail. */
    public int carrierWidth() {
        return outputWidth(Linear.DOWN);
    }

    /** Bit p is set where projection p has an adapter. */
    public int targetBits() {
        int bits = 0;
        for (Projection projection : Projection.values()) {
            bits |= lora.targets().contains(projection) ? 1 << projection.ordinal() : 0;
        }
        return bits;
    }
}
