package dev.plimsoll.engine;

import java.util.List;

/**
 * What became of a micro-batch: its gradients are in the sum, or nothing is, since it was only to
 * be evaluated or has failed.
 */
public sealed interface MicroBatchResult {

    /** Of one that was to be trained. */
    sealed interface OfTraining extends MicroBatchResult {}

    /** Of one that was to be evaluated. */
    sealed interface OfEvaluation extends MicroBatchResult {}

    /**
     * @param lossNats summed over lossTokens
     * @param peakBytes most bytes of live tensors during this micro-batch, on the first card
     * @param usedBytes bytes of live tensors after it, on the first card
     * @param reservedBytes bytes that the allocator held from the first card after it
     * @param cards of every card, in the order of {@link TrainingEngine#cards}
     * @param attentionRecomputed although the plan keeps it, since the host had no memory to spare
     */
    record Trained(
            double lossNats,
            int lossTokens,
            int tokens,
            long peakBytes,
            long usedBytes,
            long reservedBytes,
            long forwardMicros,
            long backwardMicros,
            List<CardMemory> cards,
            boolean attentionRecomputed)
            implements OfTraining {

        public Trained {
            cards = List.copyOf(cards);
        }

        /** This one, or the same with attention computed again. */
        public Trained recomputing(boolean attention) {
            return new Trained(
                    lossNats,
                    lossTokens,
                    tokens,
                    peakBytes,
                    usedBytes,
                    reservedBytes,
                    forwardMicros,
                    backwardMicros,
                    cards,
                    attention);
        }

        /** Of an engine with several cards; the first one's figures stand for themselves. */
        public Trained(
                double lossNats,
                int lossTokens,
                int tokens,
                long forwardMicros,
                long backwardMicros,
                List<CardMemory> cards) {
            this(
                    lossNats,
                    lossTokens,
                    tokens,
                    cards.getFirst().peakBytes(),
                    cards.getFirst().usedBytes(),
                    cards.getFirst().reservedBytes(),
                    forwardMicros,
                    backwardMicros,
                    cards,
                    false);
        }

        /** Of an engine with one card. */
        public Trained(
                double lossNats,
                int lossTokens,
                int tokens,
                long peakBytes,
                long usedBytes,
                long reservedBytes,
                long forwardMicros,
                long backwardMicros) {
            this(
                    lossNats,
                    lossTokens,
                    tokens,
                    peakBytes,
                    usedBytes,
                    reservedBytes,
                    forwardMicros,
                    backwardMicros,
                    List.of(new CardMemory(peakBytes, usedBytes, reservedBytes)),
                    false);
        }
    }

    /**
     * @param lossNats summed over lossTokens
     * @param cards of every card, in the order of {@link TrainingEngine#cards}
     */
    record Evaluated(
            double lossNats, int lossTokens, int tokens, long forwardMicros, List<CardMemory> cards)
            implements OfEvaluation {

        public Evaluated {
            cards = List.copyOf(cards);
        }

        /** Of an engine with one card, which tells its peak only. */
        public Evaluated(
                double lossNats, int lossTokens, int tokens, long peakBytes, long forwardMicros) {
            this(
                    lossNats,
                    lossTokens,
                    tokens,
                    forwardMicros,
                    List.of(new CardMemory(peakBytes, peakBytes, peakBytes)));
        }

        /** Of the first card, during this micro-batch. */
        public long peakBytes() {
            return cards.getFirst().peakBytes();
        }
    }

    /**
     * @param wantedBytes the allocation that was refused, as far as the device says; otherwise 0
     * @param card that refused it, by its place among {@link TrainingEngine#cards}; 0 where that
     *     says nothing
     */
    record Failed(FailureReason reason, String note, long wantedBytes, int card)
            implements OfTraining, OfEvaluation {

        /** Of the only card. */
        public Failed(FailureReason reason, String note, long wantedBytes) {
            this(reason, note, wantedBytes, 0);
        }
    }
}
