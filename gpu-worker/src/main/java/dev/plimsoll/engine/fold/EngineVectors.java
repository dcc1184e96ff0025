package dev.plimsoll.engine.fold;

import dev.plimsoll.engine.pass.LoadedModel;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.model.hf.AdapterLayout;

/**
 * What a fold reads and writes of an engine, or of a card of one.
 *
 * @param layout of the card's layers
 * @param firstParameter of the card, counted over the whole adapter
 * @param sum the unnormalised gradient sum, flat, in the wide precision
 * @param scratch of the same form; free between two micro-batches
 */
public record EngineVectors(
        AdapterLayout layout,
        int firstParameter,
        LoadedModel model,
        Tensor sum,
        Tensor scratch,
        LiveAdapter adapter) {

    int parameters() {
        return layout.totalParameters();
    }
}
