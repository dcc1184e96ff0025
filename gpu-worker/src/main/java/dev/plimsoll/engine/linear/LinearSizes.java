package dev.plimsoll.engine.linear;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

/**
 * Sizes of the linear maps with the adapter around them, in elements; see the picture in llama.py.
 *
 * @param tailMultiple what the tails are rounded up to
 */
public record LinearSizes(LlamaConfig config, LoraSettings lora, int tailMultiple) {

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

    /** Of the matrix [o + R, i + R]. */
    public long matrixElements(Linear linear) {
        return (long) (rows(linear) + tail(linear)) * (columns(linear) + tail(linear));
    }

    /** Width of the derivative of the residual stream with its tail. */
    public int carrierWidth() {
        return config.hiddenSize() + tail(Linear.DOWN);
    }

    int targetBits() {
        int bits = 0;
        for (Projection projection : Projection.values()) {
            bits |= lora.targets().contains(projection) ? 1 << projection.ordinal() : 0;
        }
        return bits;
    }
}
