package dev.plimsoll.model.memory;

import dev.plimsoll.wire.protocol.CardPart;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerCard;
import dev.plimsoll.wire.protocol.WorkerDevice;

import java.util.ArrayList;
import java.util.List;

/**
 * How much one of several cards saves of its own layers, in levels: at 0 nothing; up to
 * {@link #RECOMPUTED} so many eighths of them are recomputed; up to {@link #MOST} all of them are,
 * and the inputs of so many eighths are offloaded.
 */
final class CardSavings {

    private static final int STEPS = 8;

    static final int RECOMPUTED = STEPS;
    static final int MOST = 2 * STEPS;

    private CardSavings() {}

    static CardPart part(int level, int layers) {
        return new CardPart(
                Math.ceilDiv(layers * Math.min(level, STEPS), STEPS),
                Math.ceilDiv(layers * Math.max(0, level - STEPS), STEPS));
    }

    /** The least level at which as many layers are recomputed and offloaded, or more. */
    static int level(CardPart part, int layers) {
        int recomputed = Math.min(layers, part.recomputeLayers());
        int away = Math.min(recomputed, part.offloadLayers());
        int level = 0;
        while (level < MOST
                && (part(level, layers).recomputeLayers() < recomputed
                        || part(level, layers).offloadLayers() < away)) {
            level++;
        }
        return level;
    }

    /** What a token costs, 1 at level 0, without what tiles and groups cost. */
    static double cost(int level) {
        return 1
                + Ladder.RECOMPUTED * Math.min(level, STEPS) / STEPS
                + Ladder.OFFLOADED * Math.max(0, level - STEPS) / STEPS;
    }

    /** What the plan says of each card, where it counts over the whole model, too. */
    static List<CardPart> of(WorkerDevice device, MemoryPlan plan) {
        List<CardPart> parts = new ArrayList<>();
        for (WorkerCard card : device.cards()) {
            MemoryPlan of = plan.ofCard(parts.size(), card.firstLayer(), card.layers());
            parts.add(new CardPart(of.recomputeLayers(), of.offloadLayers()));
        }
        return parts;
    }
}
