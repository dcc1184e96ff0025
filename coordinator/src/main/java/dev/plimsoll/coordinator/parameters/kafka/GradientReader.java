package dev.plimsoll.coordinator.parameters.kafka;

import dev.plimsoll.coordinator.parameters.ContributionRead;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

import java.util.Map;

/**
 * One shard's partition of {@code gradients}: reads contributions back, and deletes what no step
 * can need.
 */
final class GradientReader {

    private static final Logger LOG = Logger.getLogger(GradientReader.class);

    private final TopicPartition partition;
    private final PartitionReader reader;

    GradientReader(Topics topics, int shard, Consumer<byte[], byte[]> consumer) {
        this.partition = new TopicPartition(topics.gradients(), shard);
        this.reader = new PartitionReader(consumer);
    }

    /**
     * Feeds it whatever its span holds; what is damaged or gone stays missing, and the read says
     * so.
     */
    void read(ContributionRead contribution) {
        long beginning = reader.beginning(partition);
        long end = reader.end(partition);
        for (ChunkSpan span : contribution.ref().spans()) {
            if (span.shard() == partition.partition()) {
                long from = Math.max(span.firstOffset(), beginning);
                long to = Math.min(span.lastOffset() + 1, end);
                reader.read(partition, from, to, record -> take(contribution, record));
            }
        }
    }

    private static void take(ContributionRead contribution, ConsumerRecord<byte[], byte[]> record) {
        if (TensorChunk.isChunk(record)) {
            switch (TensorChunk.decode(record)) {
                case Decoded.Ok<TensorChunk>(var chunk) -> contribution.take(chunk);
                case Decoded.Malformed<TensorChunk>(var where, var problem) ->
                    LOG.warnf("%s: %s", where, problem);
            }
        } else {
            switch (Wire.CONTRIBUTION_MANIFESTS.decode(record)) {
                case Decoded.Ok<ContributionManifest>(var manifest) -> contribution.take(manifest);
                case Decoded.Malformed<ContributionManifest>(var where, var problem) ->
                    LOG.warnf("%s: %s", where, problem);
            }
        }
    }

    /**
     * Asks for the deletion and does not wait for it. A failure costs disk space and nothing else.
     */
    void deleteBefore(long beforeOffset, Admin admin) {
        var told = admin.deleteRecords(
                        Map.of(partition, RecordsToDelete.beforeOffset(beforeOffset)))
                .all()
                .whenComplete((done, error) -> {
                    if (error != null) {
                        LOG.warnf(
                                "%s keeps records before %d: %s",
                                partition, beforeOffset, error.getMessage());
                    }
                });
        LOG.debugf("deletion before %d of %s asked: %s", beforeOffset, partition, told);
    }
}
