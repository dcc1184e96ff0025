package dev.plimsoll.coordinator.ingest;

import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.producer.ProducerRecord;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * What ingest writes at once: sequences and rejections, and how far each partition of
 * {@code samples} is dealt with then. All of it becomes durable, or nothing.
 *
 * @param nextOffsets by partition; offsets of ingest's group
 * @param openFrom for each of these partitions the offset from which a restart is to read: that of
 *     the first part of a sample that is not complete, else the next offset
 * @param claims ids that are taken with it, and by which content
 * @param assemblies by partition, the samples of which parts are still to come then
 */
public record IngestTransaction(
        List<ProducerRecord<byte[], byte[]>> records,
        SortedMap<Integer, Long> nextOffsets,
        SortedMap<Integer, Long> openFrom,
        Map<String, String> claims,
        SortedMap<Integer, Assemblies> assemblies,
        Counts counts) {

    /**
     * What the records that were read became.
     *
     * @param cut how many of the trained were too long and lost their ends
     * @param leftOut how many of the trained have fields that the chat template does not write
     */
    public record Counts(int trained, int rejected, int repeated, int cut, int leftOut) {

        /** Of a transaction that deals with no record. */
        public static final Counts NONE = new Counts(0, 0, 0);

        static final Counts REJECTED = new Counts(0, 1, 0);
        static final Counts REPEATED = new Counts(0, 0, 1);

        /** Where all were trained as they are. */
        public Counts(int trained, int rejected, int repeated) {
            this(trained, rejected, repeated, 0, 0);
        }

        /** One that is trained. */
        static Counts of(TokenizedSample sample) {
            return new Counts(
                    1, 0, 0, sample.cut() > 0 ? 1 : 0, sample.leftOut().isEmpty() ? 0 : 1);
        }

        Counts plus(Counts other) {
            return new Counts(
                    trained + other.trained,
                    rejected + other.rejected,
                    repeated + other.repeated,
                    cut + other.cut,
                    leftOut + other.leftOut);
        }
    }
}
