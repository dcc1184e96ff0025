package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.memory.Account;
import dev.plimsoll.engine.torch.TorchScript;
import dev.plimsoll.engine.torch.Value;
import dev.plimsoll.model.hf.LlamaConfig;

import java.util.List;

/**
 * What every pass over the model reads.
 *
 * @param frequencies of the rotary embedding, fp64 [d / 2]
 * @param gradients per layer the 14 windows into the scratch gradients
 */
record LoadedModel(
        LinearSizes linearSizes,
        Precision precision,
        DeviceTensors tensors,
        Compute compute,
        LlamaWeights weights,
        Value frequencies,
        List<Value> gradients,
        HostInputs hostInputs,
        Account account) {

    /** How it computes what. */
    record Compute(Kernels kernels, Products products, DenseAttention dense) {}

    Kernels kernels() {
        return compute.kernels();
    }

    Products products() {
        return compute.products();
    }

    DenseAttention dense() {
        return compute.dense();
    }

    LlamaConfig config() {
        return linearSizes.config();
    }

    double loraScaling() {
        return linearSizes.lora().loraScaling();
    }

    TorchScript script() {
        return tensors.script();
    }

    HeldScope held() {
        return new HeldScope(script(), account);
    }

    ActivationSizes sizes() {
        return new ActivationSizes(linearSizes, precision);
    }
}
