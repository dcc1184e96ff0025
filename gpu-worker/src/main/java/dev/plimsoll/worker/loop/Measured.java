package dev.plimsoll.worker.loop;

import dev.plimsoll.engine.CardMemory;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.wire.protocol.TrainMeasures;

import java.util.List;

/** What an engine measured of a micro-batch, as it is told. */
public final class Measured {

    private Measured() {}

    public static TrainMeasures of(MicroBatchResult.Trained trained) {
        return of(
                trained.tokens(),
                trained.cards(),
                trained.forwardMicros(),
                trained.backwardMicros(),
                trained.attentionRecomputed());
    }

    static TrainMeasures of(MicroBatchResult.Evaluated evaluated) {
        return of(evaluated.tokens(), evaluated.cards(), evaluated.forwardMicros(), 0, false);
    }

    private static TrainMeasures of(
            int tokens,
            List<CardMemory> cards,
            long forwardMicros,
            long backwardMicros,
            boolean attentionRecomputed) {
        List<Long> peaks = cards.stream().map(CardMemory::peakBytes).toList();
        return new TrainMeasures(
                tokens,
                peaks.stream().mapToLong(Long::longValue).sum(),
                forwardMicros,
                backwardMicros,
                peaks.size() > 1 ? peaks : List.of(),
                attentionRecomputed);
    }
}
