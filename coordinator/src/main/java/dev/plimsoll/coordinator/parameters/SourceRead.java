package dev.plimsoll.coordinator.parameters;

import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.List;

/**
 * What one shard reads back of a gradient. It is fed every record of {@link #spans} that is there,
 * in the order in which they lie, others' records too, and any number of times.
 */
public sealed interface SourceRead permits ContributionRead, PublishedSum, SumOnArrival {

    /** Offsets in the shard's partition. */
    List<ChunkSpan> spans();

    /** Whether a manifest under this key is meant; another need not be taken. */
    default boolean wants(String manifestKey) {
        return true;
    }

    void take(ContributionManifest found);

    /** A chunk whose checksum was right. */
    void take(TensorChunk found);
}
