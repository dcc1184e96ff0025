package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command.FixClip;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The sum of several contributions, as one shard reads back what it or its predecessor published:
 * the manifests of what it was published of, and the chunks. Only what is of the publication that
 * the journal names counts; an owner that was replaced may have written between it.
 */
public final class PublishedSum implements SourceRead {
    private final List<ChunkSpan> spans;
    private final List<Long> contributions;
    private final long step;
    private final String publication;
    private final long wantedManifests;
    private final ChunkSet chunks;
    private final List<ContributionManifest> manifests = new ArrayList<>();

    PublishedSum(FixClip committed, SumSource source, ShardLayout layout, int shard) {
        this.spans = ContributionRead.own(source.spans(), shard);
        this.step = committed.step();
        this.contributions = source.contributions();
        this.publication = spans.isEmpty() ? "" : spans.getFirst().publication();
        this.chunks =
                new ChunkSet(layout, shard, committed.step(), TensorChunk.sumPart(publication));
        this.wantedManifests =
                contributions.isEmpty() ? others(layout.chunks(shard)) : contributions.size();
    }

    /** In a transaction nothing lies between manifests and chunks. */
    private long others(int chunks) {
        return spans.stream()
                        .mapToLong(span -> span.lastOffset() - span.firstOffset() + 1)
                        .sum()
                - chunks;
    }

    /** Whose sum it is. */
    public long step() {
        return step;
    }

    @Override
    public List<ChunkSpan> spans() {
        return spans;
    }

    @Override
    public boolean wants(String manifestKey) {
        return SumToPublish.isOf(publication, manifestKey);
    }

    @Override
    public void take(ContributionManifest found) {
        boolean named = contributions.isEmpty() || contributions.contains(found.contribution());
        if (named && !manifests.contains(found)) {
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

    /** In the order of summation. */
    List<ContributionManifest> manifests() {
        return manifests.stream()
                .sorted(Comparator.comparingInt(is -> contributions.indexOf(is.contribution())))
                .toList();
    }

    ChunkSet chunks() {
        return chunks;
    }
}
