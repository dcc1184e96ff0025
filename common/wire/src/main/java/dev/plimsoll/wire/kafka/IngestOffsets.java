package dev.plimsoll.wire.kafka;

import dev.plimsoll.wire.Topics;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/** How far ingest has come: the offsets of its group. */
public final class IngestOffsets {

    private static final String OPEN_FROM = "open-from=";

    private IngestOffsets() {}

    /**
     * How far a partition of {@code samples} is dealt with.
     *
     * @param openFrom of the samples of which parts are still to come, the first part's offset;
     *     else {@code nextOffset}
     */
    public record Place(long nextOffset, long openFrom) {

        /** As the group keeps it; {@code openFrom} is the offset's metadata. */
        public OffsetAndMetadata toOffset() {
            return openFrom == nextOffset
                    ? new OffsetAndMetadata(nextOffset)
                    : new OffsetAndMetadata(nextOffset, Optional.empty(), OPEN_FROM + openFrom);
        }

        static Place of(OffsetAndMetadata offset) {
            String said = offset.metadata() == null ? "" : offset.metadata();
            boolean open = said.matches(OPEN_FROM + "[0-9]{1,18}");
            return new Place(
                    offset.offset(),
                    open ? Long.parseLong(said.substring(OPEN_FROM.length())) : offset.offset());
        }
    }

    /**
     * Per partition of {@code samples}; what has expired, or was never committed, is missing. Up to
     * the next offset ingest has durably dealt with everything.
     */
    public static Map<TopicPartition, Place> read(Admin admin, Topics topics) {
        try {
            Map<TopicPartition, Place> places = new HashMap<>();
            admin.listConsumerGroupOffsets(topics.ingestGroup())
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .forEach((partition, offset) -> {
                        if (offset != null && partition.topic().equals(topics.samples())) {
                            places.put(partition, Place.of(offset));
                        }
                    });
            return places;
        } catch (ExecutionException e) {
            throw new KafkaException(
                    "the offsets of group " + topics.ingestGroup() + " could not be read",
                    e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
