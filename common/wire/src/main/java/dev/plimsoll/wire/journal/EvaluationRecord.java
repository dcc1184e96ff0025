package dev.plimsoll.wire.journal;

import dev.plimsoll.wire.codec.WireFamily;
import dev.plimsoll.wire.codec.WireName;

import java.util.List;

/**
 * One evaluation, for people.
 *
 * @param version of the adapter
 * @param stepsDone how many steps led to it
 * @param loss nats per loss token
 * @param perplexity exp(loss)
 * @param best whether no version that was evaluated before has a lower loss
 * @param evaluationMillis from opening to the last result
 * @param notes returned micro-batches, rejected samples
 */
@WireFamily(name = "plimsoll.evaluation")
@WireName("EvaluationRecord")
public record EvaluationRecord(
        long version,
        long stepsDone,
        double loss,
        double perplexity,
        boolean best,
        EvaluationCounts counts,
        long evaluationMillis,
        List<String> notes) {
    public EvaluationRecord {
        notes = List.copyOf(notes);
    }

    public record EvaluationCounts(
            long tokens, long lossTokens, int samples, int microBatches, int workers) {}
}
