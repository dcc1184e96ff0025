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
        LlamaConfig config,
        double loraScaling,
        Precision precision,
        DeviceTensors tensors,
        LlamaWeights weights,
        Value frequencies,
        List<Value> gradients,
        Account account) {

    TorchScript script() {
        return tensors.script();
    }

    HeldScope held() {
        return new HeldScope(script(), account);
    }

    ActivationSizes sizes() {
        return new ActivationSizes(config, precision);
    }
}
