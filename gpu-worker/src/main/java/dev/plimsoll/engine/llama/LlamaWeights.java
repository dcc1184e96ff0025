package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.memory.Account;
import dev.plimsoll.engine.torch.Scope;
import dev.plimsoll.engine.torch.Value;
import dev.plimsoll.model.hf.Checkpoint;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.TensorView;
import dev.plimsoll.wire.Projection;
import java.util.ArrayList;
import java.util.List;

/**
 * The frozen base model on the device.
 *
 * @param layers per layer the nine tensors in the order that llama.py gives
 * @param head the embedding again where it is tied
 */
record LlamaWeights(Value embedding, List<Value> layers, Value norm, Value head, long bytes) {

    static LlamaWeights load(
            Checkpoint checkpoint,
            LlamaConfig config,
            DeviceTensors tensors,
            Precision precision,
            Scope into,
            Account account) {
        Loader loader = new Loader(checkpoint, tensors, precision, account);
        int hidden = config.hiddenSize();
        Value embedding = loader.load(into, "model.embed_tokens.weight", config.vocabSize(), hidden);
        List<Value> layers = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            layers.add(loader.layer(into, config, layer));
        }
        Value norm = loader.load(into, "model.norm.weight", hidden);
        Value head =
                config.tiedEmbeddings() ? embedding : loader.load(into, "lm_head.weight", config.vocabSize(), hidden);
        return new LlamaWeights(embedding, layers, norm, head, loader.bytes);
    }

    private static final class Loader {
        private final Checkpoint checkpoint;
        private final DeviceTensors tensors;
        private final Precision precision;
        private final Account account;
        private long bytes;

        Loader(Checkpoint checkpoint, DeviceTensors tensors, Precision precision, Account account) {
            this.checkpoint = checkpoint;
            this.tensors = tensors;
            this.precision = precision;
            this.account = account;
        }

        Value load(Scope into, String name, long... shape) {
            TensorView view = checkpoint.tensor(name, shape);
            long size = view.elements() * precision.bytes();
            account.hold(size);
            bytes += size;
            return tensors.weight(into, view, precision);
        }

        /** The list of a layer holds its tensors; their own handles are freed at once. */
        Value layer(Scope into, LlamaConfig config, int layer) {
            String prefix = "model.layers." + layer + ".";
            int hidden = config.hiddenSize();
            try (Scope single = tensors.script().scope()) {
                List<Object> parts = new ArrayList<>();
                parts.add(load(single, prefix + "input_layernorm.weight", hidden));
                for (Projection p : Projection.values()) {
                    if (p == Projection.GATE_PROJ) {
                        parts.add(load(single, prefix + "post_attention_layernorm.weight", hidden));
                    }
                    String name = prefix + p.block() + "." + p.checkpointName() + ".weight";
                    parts.add(load(single, name, config.outFeatures(p), config.inFeatures(p)));
                }
                return tensors.script().call(into, "layer_weights", parts.toArray());
            }
        }
    }
}
