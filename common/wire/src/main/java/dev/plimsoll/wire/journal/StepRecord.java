package dev.plimsoll.wire.journal;

import dev.plimsoll.wire.codec.WireFamily;
import dev.plimsoll.wire.codec.WireName;

import java.util.List;

/**
 * One committed step, for people.
 *
 * @param loss nats per loss token
 * @param tokens all tokens of the step's sequences, loss tokens among them
 * @param notes throttle decisions, returned micro-batches, rejected samples
 */
@WireFamily(name = "plimsoll.step")
@WireName("StepRecord")
public record StepRecord(
        long step,
        long version,
        double loss,
        StepCounts counts,
        StepRates rates,
        List<String> notes) {
    public StepRecord {
        notes = List.copyOf(notes);
    }

    public record StepCounts(
            long tokens, long lossTokens, int samples, int microBatches, int workers) {}

    /** {@code stepMillis} from opening to commit; {@code gradientNorm} before clipping. */
    public record StepRates(
            double gradientNorm, double learningRate, long stepMillis, double tokensPerSecond) {}
}
