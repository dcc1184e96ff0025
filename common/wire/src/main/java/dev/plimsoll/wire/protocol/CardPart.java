package dev.plimsoll.wire.protocol;

/**
 * What one card of a worker with several does to its layers under a memory plan.
 *
 * @param recomputeLayers of the card's layers, from its first, whose activations are recomputed in
 *     the backward pass; a number beyond the card's means all of them:
 *     {@link MemoryPlan#ALL_LAYERS}
 * @param offloadLayers of the card's layers, from its first, whose inputs wait in host memory; only
 *     recomputed layers are, so a number beyond recomputeLayers means recomputeLayers
 */
public record CardPart(int recomputeLayers, int offloadLayers) {

    public CardPart {
        if (recomputeLayers < 0 || offloadLayers < 0) {
            throw new IllegalArgumentException(
                    "a card's part of a memory plan with recomputeLayers "
                            + recomputeLayers + " and offloadLayers " + offloadLayers
                            + "; neither may be negative");
        }
    }
}
