package dev.plimsoll.engine.weights;

import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.script.Tensor;

import java.util.List;

/**
 * The frozen base model, or a part of it.
 *
 * @param embedding [v, h] on the device, or in host memory, whence its rows are gathered; null in a
 *     part without it
 * @param norm [h], before the head; null in a part without a head
 * @param head [v, h]; the embedding again where it is tied and both are here; null in a part
 *     without it
 * @param bytes on the device
 */
public record LlamaWeights(
        Tensor embedding,
        boolean embeddingOnHost,
        List<LayerWeights> layers,
        Tensor norm,
        Tensor head,
        long bytes) {

    /** A tensor of the compute precision on the device. */
    public Tensor like() {
        return layers.getFirst().attentionNorm();
    }
}
