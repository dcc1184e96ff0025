package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.shapes.Linear;

import java.util.Map;

/**
 * The frozen tensors of one layer.
 *
 * @param attentionNorm [h], before attention
 * @param mlpNorm [h], before the MLP
 * @param qkvBias [(n + 2m)d], empty where the architecture has none
 * @param outBias [h], likewise
 * @param queryNorm [d], likewise
 * @param keyNorm [d], likewise
 */
public record LayerWeights(
        Tensor attentionNorm,
        Tensor mlpNorm,
        Tensor qkvBias,
        Tensor outBias,
        Tensor queryNorm,
        Tensor keyNorm,
        Map<Linear, LinearWeights> linears) {

    /** [A, B, W], valid until the next linear map of packed weights is asked for. */
    public TensorList around(Linear linear) {
        return linears.get(linear).around();
    }

    /** A list that begins with A and B. */
    public TensorList adapter(Linear linear) {
        return linears.get(linear).adapter();
    }

    /** The 14 windows of the layer's adapter. */
    public TensorList windows() {
        return linears.get(Linear.GATE_UP).windows();
    }

    /** For {@link Fp8Products}, which are chosen together with such weights. */
    Fp8Linear fp8(Linear linear) {
        return (Fp8Linear) linears.get(linear);
    }
}
