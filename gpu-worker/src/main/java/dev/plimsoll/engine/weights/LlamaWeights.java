package dev.plimsoll.engine.weights;

import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.script.Tensor;

import java.util.List;

/**
 * The frozen base model.
 *
 * @param embedding [v, h] on the device, or in host memory, whence its rows are gathered
 * @param norm [h], before the head
 * @param head [v, h]; the embedding again where it is tied
 * @param bytes on the device
 */
public record LlamaWeights(
        Tensor embedding,
        boolean embeddingOnHost,
        List<LayerWeights> layers,
        Tensor norm,
        Tensor head,
        long bytes) {}
