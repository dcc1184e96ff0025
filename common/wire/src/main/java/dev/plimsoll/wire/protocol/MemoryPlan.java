package dev.plimsoll.wire.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.wire.codec.AddedLater;

import java.util.List;

/**
 * How one micro-batch spends memory; it never changes the gradient.
 *
 * @param recomputeLayers layers, from the first, whose activations are recomputed in the backward
 *     pass; a number beyond the model's means all of them: {@link #ALL_LAYERS}
 * @param headChunkTokens tokens of the loss head handled at once: bounds the logits to
 *     headChunkTokens × vocabulary
 * @param mlpTileTokens tokens of the MLP handled at once; 0 for as many as are worth it
 * @param offloadLayers layers, from the first, whose inputs wait in host memory for the backward
 *     pass; only recomputed layers are, so a number beyond recomputeLayers means recomputeLayers
 * @param attentionGroups groups of key-value heads that a recomputed layer handles one after the
 *     other; a number that does not divide the model's key-value heads is rounded up to one that
 *     does; 1 for all heads at once
 * @param pipelineTokens for a worker with several cards: the sequences of the micro-batch, in their
 *     order, go through the cards in chunks of at most so many tokens. A chunk holds whole
 *     sequences; a longer sequence is a chunk of its own. 0: the micro-batch is one chunk
 * @param cards for a worker with several cards, each card's part, in the order of its cards; empty:
 *     recomputeLayers and offloadLayers are counted over the whole model. Where they are given,
 *     they say what recomputeLayers and offloadLayers would have said
 * @param keepAttention whether a recomputed layer keeps attention's output and its log-sum-exp for
 *     the backward pass, which then leaves attention out of what it recomputes; where the layer's
 *     input is offloaded, the output waits in host memory as well. It costs as much memory again as
 *     the inputs do, and saves what grows with the square of the length. It has no meaning where
 *     heads are handled in groups
 */
public record MemoryPlan(
        int recomputeLayers,
        int headChunkTokens,
        int mlpTileTokens,
        @AddedLater("0") int offloadLayers,
        @AddedLater("1") int attentionGroups,

        @AddedLater("0") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
        int pipelineTokens,

        @AddedLater("[]") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<CardPart> cards,

        @AddedLater("false") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
        boolean keepAttention) {

    /** Recompute every layer, however many the model has. */
    public static final int ALL_LAYERS = Integer.MAX_VALUE;

    public MemoryPlan {
        if (recomputeLayers < 0 || headChunkTokens < 1 || mlpTileTokens < 0) {
            throw new IllegalArgumentException("memory plan with recomputeLayers " + recomputeLayers
                    + ", headChunkTokens " + headChunkTokens + ", mlpTileTokens " + mlpTileTokens
                    + "; layers and tile must not be negative and the chunk must be at least 1");
        }
        if (offloadLayers < 0 || attentionGroups < 1) {
            throw new IllegalArgumentException("memory plan with offloadLayers " + offloadLayers
                    + ", attentionGroups " + attentionGroups
                    + "; layers must not be negative and there must be at least 1 group");
        }
        if (pipelineTokens < 0) {
            throw new IllegalArgumentException("memory plan with pipelineTokens " + pipelineTokens
                    + "; it must not be negative, and 0 means one chunk");
        }
        cards = List.copyOf(cards);
    }

    /** Attention's output is not kept. */
    public MemoryPlan(
            int recomputeLayers,
            int headChunkTokens,
            int mlpTileTokens,
            int offloadLayers,
            int attentionGroups,
            int pipelineTokens,
            List<CardPart> cards) {
        this(
                recomputeLayers,
                headChunkTokens,
                mlpTileTokens,
                offloadLayers,
                attentionGroups,
                pipelineTokens,
                cards,
                false);
    }

    /** All in one chunk; layers are counted over the whole model. */
    public MemoryPlan(
            int recomputeLayers,
            int headChunkTokens,
            int mlpTileTokens,
            int offloadLayers,
            int attentionGroups) {
        this(
                recomputeLayers,
                headChunkTokens,
                mlpTileTokens,
                offloadLayers,
                attentionGroups,
                0,
                List.of());
    }

    /**
     * What one card carries out of it: a plan of one chunk, whose layers are counted from the
     * card's first.
     *
     * @param card its number among the worker's cards, counted from 0
     * @param firstLayer of the card, counted over the whole model
     * @param layers of the card
     */
    public MemoryPlan ofCard(int card, int firstLayer, int layers) {
        if (!cards.isEmpty() && card >= cards.size()) {
            throw new IllegalArgumentException("the memory plan names the parts of " + cards.size()
                    + " cards, and there is a card " + card);
        }
        int recomputed = cards.isEmpty()
                ? Math.clamp((long) recomputeLayers - firstLayer, 0, layers)
                : Math.min(cards.get(card).recomputeLayers(), layers);
        int offloaded = cards.isEmpty()
                ? Math.clamp((long) offloadLayers - firstLayer, 0, layers)
                : cards.get(card).offloadLayers();
        return new MemoryPlan(
                recomputed,
                headChunkTokens,
                mlpTileTokens,
                Math.min(offloaded, recomputed),
                attentionGroups,
                0,
                List.of(),
                keepAttention);
    }

    /** The same, but for whether recomputed layers keep attention's output. */
    public MemoryPlan withKeepAttention(boolean keep) {
        return new MemoryPlan(
                recomputeLayers,
                headChunkTokens,
                mlpTileTokens,
                offloadLayers,
                attentionGroups,
                pipelineTokens,
                cards,
                keep);
    }

    /** Nothing in host memory, all heads at once. */
    public MemoryPlan(int recomputeLayers, int headChunkTokens, int mlpTileTokens) {
        this(recomputeLayers, headChunkTokens, mlpTileTokens, 0, 1);
    }
}
