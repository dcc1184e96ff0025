package dev.plimsoll.simulation;

import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A record of the topics gradients and sums. */
sealed interface SimGradient {

    record Manifest(String key, ContributionManifest manifest) implements SimGradient {}

    /** @param damaged its checksum is wrong */
    record Chunk(TensorChunk chunk, boolean damaged) implements SimGradient {}

    /** A stranger's. */
    record Foreign(ConsumerRecord<byte[], byte[]> record) implements SimGradient {}

    /** The end of a transaction, or what one that was aborted has left: nobody sees it. */
    record Unseen() implements SimGradient {}
}
