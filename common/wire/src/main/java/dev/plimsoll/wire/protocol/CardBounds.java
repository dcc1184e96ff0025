package dev.plimsoll.wire.protocol;

import dev.plimsoll.wire.codec.Impossible;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What nothing that is said of a worker's cards can say. */
final class CardBounds {

    private static final int MOST_LAYERS = 1 << 16;

    private CardBounds() {}

    /**
     * Whether the last layer is the model's is judged where the model is known, as the planner
     * admits the worker.
     */
    static void device(WorkerDevice device, Impossible impossible) {
        List<WorkerCard> cards = device.cards();
        if (cards.isEmpty()) {
            return;
        }
        count("cards", cards, impossible);
        Set<Integer> numbers = new HashSet<>();
        long next = 0;
        for (int i = 0; i < Math.min(cards.size(), WorkerDevice.MAX_CARDS); i++) {
            WorkerCard card = cards.get(i);
            impossible
                    .text("name", card.name())
                    .amount("number", card.number())
                    .amount("totalBytes", card.totalBytes())
                    .when(!numbers.add(card.number()), "card " + card.number() + " is named twice")
                    .when(
                            card.layers() < 1 || card.layers() > MOST_LAYERS,
                            "card " + card.number() + " has " + card.layers() + " layers")
                    .when(
                            card.firstLayer() != next,
                            "card " + card.number() + " begins at layer " + card.firstLayer()
                                    + ", and " + next + " is next")
                    .when(
                            card.embedding() != (i == 0) || card.head() != (i == cards.size() - 1),
                            "the embedding is not on the first card alone, or the head not on the "
                                    + "last alone");
            next = (long) card.firstLayer() + card.layers();
        }
    }

    static void memory(List<CardMemory> cards, Impossible impossible) {
        if (cards.isEmpty()) {
            return;
        }
        count("cards", cards, impossible);
        for (CardMemory card : cards) {
            impossible
                    .amount("usedBytes", card.usedBytes())
                    .amount("peakBytes", card.peakBytes())
                    .amount("reservedBytes", card.reservedBytes())
                    .amount("freeBytes", card.freeBytes())
                    .amount("othersBytes", card.othersBytes())
                    .amount("budgetBytes", card.budgetBytes());
        }
    }

    static void peaks(List<Long> peaks, Impossible impossible) {
        if (!peaks.isEmpty()) {
            count("cardPeakBytes", peaks, impossible);
            peaks.forEach(peak -> impossible.amount("cardPeakBytes", peak));
        }
    }

    static void number(String name, int card, Impossible impossible) {
        impossible.when(card < 0 || card >= WorkerDevice.MAX_CARDS, name + " is " + card);
    }

    private static void count(String name, List<?> cards, Impossible impossible) {
        impossible.when(
                cards.size() == 1 || cards.size() > WorkerDevice.MAX_CARDS,
                name + " has " + cards.size() + " items; there are none, or 2 to "
                        + WorkerDevice.MAX_CARDS);
    }
}
