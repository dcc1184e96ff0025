package dev.plimsoll.coordinator.parameters.kafka;

import dev.plimsoll.coordinator.parameters.SourceRead;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.PartitionReader;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * One shard's partition of {@code gradients} or {@code sums}: reads back what lies there, and
 * deletes what no version can need.
 */
final class GradientReader {

    private static final Logger LOG = Logger.getLogger(GradientReader.class);

    private final TopicPartition partition;
    private final PartitionReader reader;

    /** @param reader which others may use too, between two calls */
    GradientReader(String topic, int shard, PartitionReader reader) {
        this.partition = new TopicPartition(topic, shard);
        this.reader = reader;
    }

    /**
     * Feeds it whatever its spans hold; what is damaged or gone stays missing, and the read says
     * so.
     */
    void read(SourceRead read) {
        for (ChunkSpan span : read.spans()) {
            reader.readWhatIsThere(
                    partition,
                    span.firstOffset(),
                    span.lastOffset() + 1,
                    record -> take(read, record));
        }
    }

    static void take(SourceRead read, ConsumerRecord<byte[], byte[]> record) {
        if (TensorChunk.isChunk(record)) {
            switch (TensorChunk.decode(record)) {
                case Decoded.Ok<TensorChunk>(var chunk) -> read.take(chunk);
                case Decoded.Malformed<TensorChunk>(var where, var problem) ->
                    LOG.warnf("%s: %s", where, problem);
            }
        } else if (record.key() != null
                && read.wants(new String(record.key(), StandardCharsets.UTF_8))) {
            switch (Wire.CONTRIBUTION_MANIFESTS.decode(record)) {
                case Decoded.Ok<ContributionManifest>(var manifest) -> read.take(manifest);
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
