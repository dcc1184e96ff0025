package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command.FixClip;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sum of several contributions, as one shard reads back what it or its predecessor published:
 * first the manifests, in the order of summation, then the chunks, and nothing between them.
 */
public final class PublishedSum implements SourceRead {
    private final List<ChunkSpan> spans;
    private final long wantedManifests;
    private final ChunkSet chunks;
    private final List<ContributionManifest> manifests = new ArrayList<>();

    PublishedSum(FixClip committed, SumSource source, ShardLayout layout, int shard) {
        this.spans = ContributionRead.own(source.spans(), shard);
        this.chunks = new ChunkSet(layout, shard, committed.step());
        this.wantedManifests = spans.stream()
                        .mapToLong(span -> span.lastOffset() - span.firstOffset() + 1)
                        .sum()
                - layout.chunks(shard);
    }

    @Override
    public List<ChunkSpan> spans() {
        return spans;
    }

    @Override
    public void take(ContributionManifest found) {
        if (!manifests.contains(found)) {
            manifests.add(found);
        }
    }

    @Override
    public void take(TensorChunk found) {
        chunks.take(found);
    }

    /** Why it cannot be used; empty when it is whole. */
    Optional<String> flaw() {
        if (spans.isEmpty()) {
            return Optional.of("it is not said where the sum lies");
        }
        Optional<String> found = chunks.foundFlaw();
        if (found.isPresent()) {
            return found;
        }
        return manifests.size() == wantedManifests
                ? chunks.missing()
                : Optional.of("of the sum's " + wantedManifests + " manifests " + manifests.size()
                        + " can be read");
    }

    List<ContributionManifest> manifests() {
        return List.copyOf(manifests);
    }

    ChunkSet chunks() {
        return chunks;
    }
}
