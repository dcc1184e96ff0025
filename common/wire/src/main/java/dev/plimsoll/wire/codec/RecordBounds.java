package dev.plimsoll.wire.codec;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

import java.util.Optional;

/**
 * How large a record of a run may be, whoever wrote it; of the topic {@code samples} only the value
 * is bounded. What is larger is not decoded. Decision 0129.
 */
public final class RecordBounds {

    /** The largest batch that the run's topics take, and so the largest record. */
    public static final int VALUE_BYTES = 1_048_588;

    public static final int KEY_BYTES = 4_096;
    public static final int HEADERS = 64;

    /** Names and values together. */
    public static final int HEADER_BYTES = 32 * 1024;

    private RecordBounds() {}

    /** Which bound it breaks, with its size; empty when none. */
    static Optional<String> problem(ConsumerRecord<byte[], byte[]> record) {
        String foreign = WireHeaders.find(record.headers(), Seal.FOREIGN);
        if (foreign != null) {
            return Optional.of(foreign);
        }
        if (record.value() != null && record.value().length > VALUE_BYTES) {
            return larger("value", record.value().length, VALUE_BYTES);
        }
        if (record.key() != null && record.key().length > KEY_BYTES) {
            return larger("key", record.key().length, KEY_BYTES);
        }
        int count = 0;
        long bytes = 0;
        for (Header header : record.headers()) {
            count++;
            bytes += header.key().length() + (header.value() == null ? 0 : header.value().length);
        }
        if (count > HEADERS) {
            return Optional.of("it has " + count + " headers, and the most is " + HEADERS);
        }
        return bytes > HEADER_BYTES
                ? larger("headers together", bytes, HEADER_BYTES)
                : Optional.empty();
    }

    /** Throws IllegalArgumentException with {@link #problem}. */
    public static void require(ConsumerRecord<byte[], byte[]> record) {
        problem(record).ifPresent(problem -> {
            throw new IllegalArgumentException(problem);
        });
    }

    private static Optional<String> larger(String part, long bytes, int most) {
        return Optional.of("its " + part + " have " + bytes + " bytes, and the most is " + most);
    }
}
