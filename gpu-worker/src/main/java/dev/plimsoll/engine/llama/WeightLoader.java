package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.memory.Account;
import dev.plimsoll.engine.torch.Scope;
import dev.plimsoll.engine.torch.TorchScript;
import dev.plimsoll.engine.torch.Value;
import dev.plimsoll.model.hf.Checkpoint;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.TensorView;
import dev.plimsoll.wire.Projection;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Brings a checkpoint to the device, tensor by tensor. */
final class WeightLoader {

    private final Checkpoint checkpoint;
    private final LinearSizes sizes;
    private final DeviceTensors tensors;
    private final Precision precision;
    private final Account account;
    private final Scope into;
    private long bytes;

    WeightLoader(
            Checkpoint checkpoint,
            LinearSizes sizes,
            DeviceTensors tensors,
            Precision precision,
            Account account,
            Scope into) {
        this.checkpoint = checkpoint;
        this.sizes = sizes;
        this.tensors = tensors;
        this.precision = precision;
        this.account = account;
        this.into = into;
    }

    LlamaWeights load() {
        LlamaConfig config = sizes.config();
        int hidden = config.hiddenSize();
        Value embedding = tensor("model.embed_tokens.weight", config.vocabSize(), hidden);
        List<LayerWeights> layers = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            layers.add(layer("model.layers." + layer + "."));
        }
        Value norm = tensor("model.norm.weight", hidden);
        Value head = config.tiedEmbeddings() ? embedding : tensor("lm_head.weight", config.vocabSize(), hidden);
        return new LlamaWeights(embedding, false, layers, norm, head, bytes);
    }

    private LayerWeights layer(String prefix) {
        LlamaConfig config = sizes.config();
        int hidden = config.hiddenSize();
        int d = config.headDim();
        Map<Linear, LinearWeights> linears = new EnumMap<>(Linear.class);
        for (Linear linear : Linear.all()) {
            linears.put(linear, linear(prefix, linear));
        }
        return new LayerWeights(
                tensor(prefix + "input_layernorm.weight", hidden),
                tensor(prefix + "post_attention_layernorm.weight", hidden),
                bias(prefix, Linear.QKV, config.queryKeyValueBias()),
                bias(prefix, Linear.OUT, config.outputBias()),
                config.queryKeyNorm() ? tensor(prefix + "self_attn.q_norm.weight", d) : nothing(),
                config.queryKeyNorm() ? tensor(prefix + "self_attn.k_norm.weight", d) : nothing(),
                linears);
    }

    private LinearWeights linear(String prefix, Linear linear) {
        long size = sizes.matrixElements(linear) * precision.bytes();
        charge(size);
        int columns = sizes.columns(linear);
        Value matrix = script().call(
                        into,
                        "zeros_matrix",
                        sizes.rows(linear) + sizes.tail(linear),
                        columns + sizes.tail(linear),
                        precision.torchDtype(),
                        tensors.device());
        int row = 0;
        for (Projection p : linear.projections()) {
            int rows = sizes.config().outFeatures(p);
            try (Scope single = script().scope()) {
                Value part = tensors.weight(single, view(prefix, p, rows, columns), precision);
                script().callVoid("put", matrix, row, 0, part);
            }
            row += rows;
        }
        return new ResidentLinear(script(), linear, matrix, size);
    }

    private TensorView view(String prefix, Projection p, int rows, int columns) {
        return checkpoint.tensor(prefix + p.block() + "." + p.checkpointName() + ".weight", rows, columns);
    }

    /** The biases of a linear map's projections behind each other. */
    private Value bias(String prefix, Linear linear, boolean present) {
        if (!present) {
            return nothing();
        }
        int device = tensors.device();
        Value all = script().call(into, "zeros", sizes.rows(linear), precision.torchDtype(), device);
        charge((long) sizes.rows(linear) * precision.bytes());
        int at = 0;
        for (Projection p : linear.projections()) {
            int rows = sizes.config().outFeatures(p);
            String name = prefix + p.block() + "." + p.checkpointName() + ".bias";
            try (Scope single = script().scope()) {
                Value part = tensors.weight(single, checkpoint.tensor(name, rows), precision);
                script().callVoid("put_vector", all, at, part);
            }
            at += rows;
        }
        return all;
    }

    private Value nothing() {
        return script().call(into, "zeros", 0, precision.torchDtype(), tensors.device());
    }

    private Value tensor(String name, long... shape) {
        TensorView view = checkpoint.tensor(name, shape);
        charge(view.elements() * precision.bytes());
        return tensors.weight(into, view, precision);
    }

    private void charge(long size) {
        account.hold(size);
        bytes += size;
    }

    private TorchScript script() {
        return tensors.script();
    }
}
