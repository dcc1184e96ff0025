package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.device.LayerOffload;
import dev.plimsoll.engine.kernels.Kernels;
import dev.plimsoll.engine.linear.Products;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.weights.LlamaWeights;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelPart;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.LinearSizes;
import dev.plimsoll.model.shapes.Precision;

import java.util.List;

/**
 * What every pass over the model, or over a part of it, reads.
 *
 * @param sizes of the part's layers
 * @param frequencies of the rotary embedding, fp64 [d / 2]
 * @param gradients per layer the 14 windows into the scratch gradients
 */
public record LoadedModel(
        ModelPart part,
        ActivationSizes sizes,
        DeviceTensors tensors,
        Compute compute,
        LlamaWeights weights,
        Tensor frequencies,
        List<TensorList> gradients,
        LayerOffload offload,
        Account account) {

    /** How it computes what. */
    public record Compute(Kernels kernels, Products products, DenseAttention dense) {}

    Kernels kernels() {
        return compute.kernels();
    }

    Products products() {
        return compute.products();
    }

    public DenseAttention dense() {
        return compute.dense();
    }

    /** Of the part: its layers are counted from 0. */
    public LlamaConfig config() {
        return linearSizes().config();
    }

    double loraScaling() {
        return linearSizes().lora().loraScaling();
    }

    public LlamaScript script() {
        return tensors.script();
    }

    public HeldScope held() {
        return new HeldScope(script(), account);
    }

    public LinearSizes linearSizes() {
        return sizes.linears();
    }

    public Precision precision() {
        return sizes.precision();
    }
}
