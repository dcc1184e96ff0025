package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.Report.ShardSummed;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.List;
import java.util.Optional;

/**
 * The sum of several contributions, for the shard's partition of {@code sums}.
 *
 * @param manifests of what was summed, in that order; they come first
 * @param chunks the sum as every replica applies it; owner is the step
 * @param summed the report, which does not yet say where the sum lies
 */
public record SumToPublish(
        List<ContributionManifest> manifests, List<TensorChunk> chunks, ShardSummed summed) {
    public SumToPublish {
        manifests = List.copyOf(manifests);
        chunks = List.copyOf(chunks);
    }

    /** What is reported in the same transaction. */
    public ShardSummed report(ChunkSpan span) {
        return new ShardSummed(
                summed.shard(),
                summed.step(),
                summed.contributions(),
                summed.squaredNorm(),
                Optional.of(span));
    }
}
