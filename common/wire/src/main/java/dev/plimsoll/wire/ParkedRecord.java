package dev.plimsoll.wire;

import static dev.plimsoll.wire.codec.WireHeaders.header;

import dev.plimsoll.wire.codec.Checksums;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A record that could not be understood, put where a person will find it: the beginning of its
 * value, with its place, problem, length and checksum in the headers. It is cut, because a record
 * may be larger than what this process can send, and then parking it would fail again and again.
 */
public final class ParkedRecord {

    static final int MAX_VALUE_BYTES = 256 * 1024;
    static final int MAX_KEY_BYTES = 1024;
    static final int MAX_HEADER_BYTES = 16 * 1024;

    private ParkedRecord() {}

    /** @param by who could not understand it */
    public static ProducerRecord<byte[], byte[]> of(
            ConsumerRecord<byte[], byte[]> record,
            String topic,
            String where,
            String problem,
            String by) {
        List<Header> headers = new ArrayList<>();
        int headerBytes = 0;
        for (Header header : record.headers()) {
            headerBytes +=
                    header.key().length() + (header.value() == null ? 0 : header.value().length);
            if (headerBytes <= MAX_HEADER_BYTES) {
                headers.add(header);
            }
        }
        byte[] value = record.value();
        headers.add(header("plimsoll_where", where));
        headers.add(header(
                "plimsoll_problem", problem.substring(0, Math.min(problem.length(), 2_000))));
        headers.add(header("plimsoll_parked_by", by));
        headers.add(header("plimsoll_bytes", Integer.toString(value == null ? 0 : value.length)));
        headers.add(header(
                "plimsoll_crc32c", Long.toString(value == null ? 0 : Checksums.crc32c(value))));
        return new ProducerRecord<>(
                topic,
                0,
                beginning(record.key(), MAX_KEY_BYTES),
                beginning(value, MAX_VALUE_BYTES),
                headers);
    }

    private static byte[] beginning(byte[] bytes, int most) {
        return bytes == null || bytes.length <= most ? bytes : Arrays.copyOf(bytes, most);
    }
}
