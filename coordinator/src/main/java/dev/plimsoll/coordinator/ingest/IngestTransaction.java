package dev.plimsoll.coordinator.ingest;

import org.apache.kafka.clients.producer.ProducerRecord;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * What ingest writes at once: sequences and rejections, and how far each partition of
 * {@code samples} is dealt with then. All of it becomes durable, or nothing.
 *
 * @param nextOffsets by partition; offsets of ingest's group
 * @param claims ids that are taken with it, and by which content
 */
public record IngestTransaction(
        List<ProducerRecord<byte[], byte[]>> records,
        SortedMap<Integer, Long> nextOffsets,
        Map<String, String> claims,
        Counts counts) {

    /** What the records that were read became. */
    public record Counts(int trained, int rejected, int repeated) {

        /** Of a transaction that deals with no record. */
        public static final Counts NONE = new Counts(0, 0, 0);
    }
}
