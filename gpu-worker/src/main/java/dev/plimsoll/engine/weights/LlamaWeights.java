package dev.plimsoll.engine.weights;

import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.pass.LoadedModel;
import dev.plimsoll.engine.pass.PackedMicroBatch;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.Precision;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Value;

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
        Value embedding,
        boolean embeddingOnHost,
        List<LayerWeights> layers,
        Value norm,
        Value head,
        long bytes) {

    /** The first hidden states [t, h]. */
    public Value embed(LoadedModel model, Value tokens, PackedMicroBatch in, Scope into) {
        if (!embeddingOnHost) {
            return model.script().call(into, "embed", embedding, tokens);
        }
        try (Scope host = model.script().scope()) {
            DeviceTensors cpu = new DeviceTensors(model.script(), DeviceTensors.CPU);
            Value hostTokens = cpu.integers(host, in.tokens(), Precision.INT64);
            Value rows = model.script().call(host, "embed", embedding, hostTokens);
            int dtype = model.precision().torchDtype();
            return model.script()
                    .call(into, "place", rows, dtype, model.tensors().device());
        }
    }
}
