package dev.plimsoll.simulation;

import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import java.util.List;

/** A record of the topic gradients, with what is known of it outside the protocol. */
sealed interface SimGradient {

    /** One sequence's gradient in a sum, and the version of the adapter it was computed on. */
    record Grain(long ordinal, long version) {}

    record Manifest(ContributionManifest manifest) implements SimGradient {}

    /**
     * @param grains what is really in the sum, not only in this chunk
     * @param damaged its checksum is wrong
     */
    record Chunk(TensorChunk chunk, List<Grain> grains, boolean damaged) implements SimGradient {}
}
