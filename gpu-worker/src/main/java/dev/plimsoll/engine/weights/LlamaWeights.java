package dev.plimsoll.engine.weights;

import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.pass.LoadedModel;
import dev.plimsoll.engine.pass.PackedMicroBatch;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TorchDtype;

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
        long bytes) {

    /** The first hidden states [t, h]. */
    public Tensor embed(LoadedModel model, Tensor tokens, PackedMicroBatch in, Scope into) {
        if (!embeddingOnHost) {
            return model.script().embed(into, embedding, tokens);
        }
        try (Scope host = model.script().scope()) {
            DeviceTensors cpu = new DeviceTensors(model.script(), DeviceTensors.CPU);
            Tensor hostTokens = cpu.integers(host, in.tokens(), TorchDtype.INT64);
            Tensor rows = model.script().embed(host, embedding, hostTokens);
            int dtype = model.precision().torchDtype();
            return model.script().place(into, rows, dtype, model.tensors().device());
        }
    }
}
