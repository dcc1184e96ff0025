package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.torch.Value;
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
record LayerWeights(
        Value attentionNorm,
        Value mlpNorm,
        Value qkvBias,
        Value outBias,
        Value queryNorm,
        Value keyNorm,
        Map<Linear, LinearWeights> linears) {

    Value matrix(Linear linear) {
        return linears.get(linear).matrix();
    }
}
