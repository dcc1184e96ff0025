package dev.plimsoll.model.memory;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.model.shapes.PlanSizes;
import dev.plimsoll.wire.protocol.CardPart;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerCard;

import java.util.List;

/**
 * The most bytes of live tensors during a micro-batch beyond what is there between micro-batches,
 * from shapes alone: the engine's own order of allocations, written down as arithmetic.
 *
 * <p>Letters: t tokens, h hidden, n query heads, m key-value heads, d head, f MLP, v vocabulary, R
 * tail of a linear map.
 */
public record PeakForecast(ActivationSizes sizes) {

    /** @param lossTokens that are predicted, at most tokens */
    public long workBytes(int tokens, int lossTokens, MemoryPlan plan) {
        PlanSizes planned = new PlanSizes(plan, config());
        Kept kept = new Kept(
                config().layers(),
                planned.recomputedLayers(),
                planned.offloadedLayers(),
                planned.keepsAttention(),
                true,
                true);
        // The bounds of sequences, of which a forecast does not know the number, are left out.
        return sizes.inputs(tokens, 0, lossTokens) + workBytes(kept, tokens, lossTokens, planned);
    }

    /**
     * On one of several cards, through which the micro-batch goes in chunks, all tokens counting in
     * the loss: room for what arrives, and the most that chunks need which are under way together:
     * the first goes backward, or the last forward, with what the others have left, what is on its
     * way to the neighbours, and the inputs of all chunks that are not done with.
     *
     * @param part what the plan says of this card's layers
     * @param underWay the most chunks between their forward and their backward pass on this card,
     *     the one in work among them
     */
    public long workBytes(
            WorkerCard card, CardPart part, int underWay, Chunks chunks, MemoryPlan plan) {
        PlanSizes planned = new PlanSizes(plan, config());
        int recomputed = Math.min(card.layers(), part.recomputeLayers());
        Kept kept = new Kept(
                card.layers(),
                recomputed,
                Math.min(recomputed, part.offloadLayers()),
                planned.keepsAttention(),
                card.embedding(),
                card.head());
        List<Lengths> each = chunks.each();
        int rest = each.stream().mapToInt(Lengths::tokens).sum();
        long most = 0;
        for (int i = 0; i < each.size(); i++) {
            int last = Math.min(i + underWay, each.size()) - 1;
            int window = 0;
            for (int j = i; j <= last; j++) {
                window += each.get(j).tokens();
            }
            int before = i == 0 ? 0 : each.get(i - 1).tokens();
            int first = each.get(i).tokens();
            int latest = each.get(last).tokens();
            int sent = last == 0 ? 0 : each.get(last - 1).tokens();
            // that of the carrier which is on its way is still there
            int inputs = rest + (kept.first() ? 0 : before);
            long backward = left(kept, window - first)
                    + leaving(kept, latest, before)
                    + workBytes(kept, first, first, planned);
            long forward = left(kept, window - latest)
                    + leaving(kept, sent, before)
                    + forward(kept, latest, planned);
            most = Math.max(most, sizes.inputs(inputs, 0, inputs) + Math.max(backward, forward));
            rest -= each.get(i).tokens();
        }
        return landings(kept, underWay, chunks) + most;
    }

    /**
     * What a card keeps of its layers.
     *
     * @param recomputed of its layers: they keep their input only, and what attention computed if
     *     so planned
     * @param away of those: their input is in host memory, and attention's output with it
     * @param attended whether recomputed layers keep attention's output and log-sum-exp
     * @param first whether no card comes before: hidden states begin here
     * @param last whether no card follows: carriers begin here
     */
    private record Kept(
            int layers, int recomputed, int away, boolean attended, boolean first, boolean last) {
        long here() {
            return recomputed - away;
        }

        long whole() {
            return layers - recomputed;
        }
    }

    /** Hidden states arrive one chunk ahead of those under way, carriers in two places. */
    private long landings(Kept kept, int underWay, Chunks chunks) {
        int count = chunks.count();
        int longest = chunks.mostTokens();
        long hidden = kept.first() ? 0 : Math.min(Math.min(underWay, count) + 1, count);
        long carriers = kept.last() ? 0 : Math.min(2, count);
        return hidden * sizes.hidden(longest) + carriers * sizes.carrier(longest);
    }

    /** What chunks of so many tokens leave for their backward passes. */
    private long left(Kept kept, int tokens) {
        return recomputed(kept, tokens) + kept.whole() * keptLayer(tokens) - arrived(kept, tokens);
    }

    /** What recomputed layers keep on the device. */
    private long recomputed(Kept kept, int tokens) {
        return kept.attended()
                ? kept.here() * (sizes.hidden(tokens) + sizes.attended(tokens))
                        + kept.away() * sizes.logSumExp(tokens)
                : kept.here() * sizes.hidden(tokens);
    }

    /** What comes back from host memory for a layer. */
    private long fetched(Kept kept, int tokens) {
        return sizes.hidden(tokens) + (kept.attended() ? sizes.attentionOutput(tokens) : 0);
    }

    /** The input of the first layer that is kept lies where it arrived. */
    private long arrived(Kept kept, int tokens) {
        return kept.first() || kept.away() > 0 ? 0 : sizes.hidden(tokens);
    }

    /**
     * What was sent last is there until the next is sent: to the card behind the hidden states, to
     * the card before the carrier, where it begins here.
     *
     * @param onward tokens of the chunk whose hidden states were sent last
     * @param back tokens of the chunk whose carrier was sent last; 0 for none
     */
    private long leaving(Kept kept, int onward, int back) {
        long hidden = kept.last() ? 0 : sizes.hidden(onward);
        long carrier = kept.last() ? sizes.carrier(back) : 0;
        return hidden + carrier;
    }

    /**
     * At the end of the forward pass. What is recomputed with attention needs more in the backward
     * pass; without attention the MLP's work is the same in both.
     */
    private long forward(Kept kept, int tokens, PlanSizes planned) {
        long work = 0;
        if (kept.whole() > 0) {
            work = mlpBackward(tokens, planned, true);
        } else if (kept.attended()) {
            long copied = kept.here() == 0 ? fetched(kept, tokens) : 0;
            work = copied + mlpBackward(tokens, planned, false);
        }
        return left(kept, tokens) + sizes.hidden(tokens) + work;
    }

    private long workBytes(Kept layers, int tokens, int lossTokens, PlanSizes planned) {
        long hidden = sizes.hidden(tokens);
        // Where one arrives, there is room for it already.
        long carrier = layers.last() ? sizes.carrier(tokens) : 0;
        long inputs = recomputed(layers, tokens);
        long kept = layers.whole() * keptLayer(tokens);
        boolean recomputes = layers.recomputed() > 0;
        boolean keeps = layers.whole() > 0;
        // In the head the final hidden states are there too; the backward pass begins with all that
        // was kept. Without the head they go to the next card.
        long atEnd = inputs
                + kept
                + hidden
                + (layers.last() ? carrier + sizes.head(planned.chunkTokens(lossTokens)) : 0);
        // Of inputs on the device and fetched ones two are there at once, at least.
        long ahead = layers.away() == 0
                ? 0
                : Math.clamp(2 - layers.here(), 0, layers.away()) * fetched(layers, tokens);
        long firstBackward = keeps
                ? inputs
                        + kept
                        + carrier
                        + Math.max(mlpBackward(tokens, planned, true), attentionBackward(tokens, 1))
                : inputs + ahead + carrier + recompute(tokens, planned);
        long lastKept =
                keeps && recomputes ? inputs + ahead + carrier + recompute(tokens, planned) : 0;
        return Math.max(atEnd, Math.max(firstBackward, lastKept)) - arrived(layers, tokens);
    }

    /** x, q, k, v, o and its log-sum-exp, the middle, gate and up with room for a tail. */
    private long keptLayer(int tokens) {
        return 2 * sizes.hidden(tokens) + attention(tokens) + sizes.gateUp(tokens);
    }

    /** q, k, v, o of all heads, log-sum-exp. */
    private long attention(int tokens) {
        return vectors(tokens) + sizes.attended(tokens);
    }

    /** q, k and v, and what entered the norms of their heads. */
    private long vectors(int tokens) {
        return sizes.queryKeyValue(tokens, 1) + sizes.beforeHeadNorms(tokens);
    }

    private long recompute(int tokens, PlanSizes planned) {
        int groups = planned.attentionGroups();
        long middle = sizes.hidden(tokens);
        if (planned.keepsAttention()) {
            // q, k and v come when the MLP is done; the rest was kept
            long mlp = middle + mlpBackward(tokens, planned, false);
            return Math.max(mlp, vectors(tokens) + attentionBackward(tokens, 1));
        }
        if (groups == 1) {
            long mlp = attention(tokens) + middle + mlpBackward(tokens, planned, false);
            return Math.max(mlp, attention(tokens) + attentionBackward(tokens, 1));
        }
        long heads = sizes.attended(tokens);
        long mlp = heads + middle + mlpBackward(tokens, planned, false);
        return Math.max(mlp, heads + attentionBackward(tokens, groups));
    }

    /**
     * The most of three: do, dq, dk, dv and what the kernels need; dq, dk, dv and all of them side
     * by side; these, the normed input and its derivative. In groups the last two are there all the
     * time, and q, k and v of the group.
     */
    private long attentionBackward(int tokens, int groups) {
        long derivatives = sizes.queryKeyValue(tokens, groups);
        long kernels = derivatives
                + (sizes.attentionOutput(tokens) + sizes.attentionScratch(tokens)) / groups;
        if (groups > 1) {
            long vectors = derivatives + sizes.beforeHeadNorms(tokens) / groups;
            return 2 * sizes.input(tokens, Linear.QKV)
                    + vectors
                    + Math.max(kernels, 2 * derivatives);
        }
        long sideBySide = sizes.matrix(tokens, sizes.linears().outputWidth(Linear.QKV));
        long atEnd = sideBySide + sizes.input(tokens, Linear.QKV) + sizes.hidden(tokens);
        return Math.max(kernels, Math.max(derivatives + sideBySide, atEnd));
    }

    /** Of one tile: silu(gate)·up with room for a tail; where nothing was kept gate and up, too. */
    private long mlpBackward(int tokens, PlanSizes planned, boolean kept) {
        int rows = planned.tileTokens(tokens);
        return sizes.input(rows, Linear.DOWN) + (kept ? 0 : sizes.gateUp(rows));
    }

    private LlamaConfig config() {
        return sizes.linears().config();
    }
}
