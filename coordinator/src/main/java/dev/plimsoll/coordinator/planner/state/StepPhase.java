package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import dev.plimsoll.wire.journal.JournalRecord.ClipFixed;
import dev.plimsoll.wire.journal.JournalRecord.ShardApplyAccepted;
import dev.plimsoll.wire.journal.JournalRecord.ShardSumAccepted;
import dev.plimsoll.wire.journal.JournalRecord.StepSumming;
import dev.plimsoll.wire.protocol.ChunkSpan;

import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How far the open step is. The methods are the legal moves; from {@link Applying} the only one is
 * the commit.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "phase")
@JsonSubTypes({
    @JsonSubTypes.Type(value = StepPhase.Training.class, name = "Training"),
    @JsonSubTypes.Type(value = StepPhase.Summing.class, name = "Summing"),
    @JsonSubTypes.Type(value = StepPhase.Applying.class, name = "Applying")
})
public sealed interface StepPhase {
    /** Members are trained and contributed. */
    record Training() implements StepPhase {
        Summing sum(StepSumming record) {
            return new Summing(
                    record.contributions(), record.lossTokens(), new TreeMap<>(), new TreeMap<>());
        }
    }

    /**
     * The contributions are named; the shards sum them. When a contribution proves unusable, the
     * step goes back to training.
     *
     * @param published by shard, where the sum lies in {@code sums}; empty for one contribution
     */
    record Summing(
            List<Long> contributions,
            long lossTokens,
            SortedMap<Integer, Double> squaredNorms,
            SortedMap<Integer, ChunkSpan> published)
            implements StepPhase {
        Summing with(ShardSumAccepted record) {
            IllegalRecord.when(
                    squaredNorms.containsKey(record.shard()), record, "the shard has summed");
            SortedMap<Integer, Double> norms = new TreeMap<>(squaredNorms);
            norms.put(record.shard(), record.squaredNorm());
            SortedMap<Integer, ChunkSpan> spans = new TreeMap<>(published);
            record.published().ifPresent(span -> spans.put(record.shard(), span));
            return new Summing(contributions, lossTokens, norms, spans);
        }

        Training retrain() {
            return new Training();
        }

        Applying apply(ClipFixed record, int shards) {
            IllegalRecord.when(
                    squaredNorms.size() != shards,
                    record,
                    squaredNorms.size() + " shards have summed");
            return new Applying(lossTokens, record, new TreeSet<>());
        }
    }

    /**
     * The step's numbers are decided. The commit is of the same decision, except in a journal that
     * waited here for the shards to write the version.
     */
    record Applying(long lossTokens, ClipFixed clip, SortedSet<Integer> applied)
            implements StepPhase {
        Applying with(ShardApplyAccepted record) {
            IllegalRecord.when(applied.contains(record.shard()), record, "the shard has applied");
            SortedSet<Integer> shards = new TreeSet<>(applied);
            shards.add(record.shard());
            return new Applying(lossTokens, clip, shards);
        }
    }
}
