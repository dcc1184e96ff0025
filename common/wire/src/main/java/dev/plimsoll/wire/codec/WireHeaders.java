package dev.plimsoll.wire.codec;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Record headers: UTF-8 texts. A header without a value counts as missing. */
public final class WireHeaders {

    /** CloudEvents: family, record and version of what the value is. */
    public static final String TYPE = "ce_type";

    private WireHeaders() {}

    /**
     * CloudEvents' headers, binary content mode of the Kafka protocol binding.
     *
     * @param type see {@link #TYPE}
     * @param source who writes it
     * @param id unique within the source: a repeated send carries the same
     */
    public static List<Header> cloudEvent(
            String type, String source, String id, String contentType) {
        List<Header> headers = new ArrayList<>();
        headers.add(header("ce_specversion", "1.0"));
        headers.add(header("ce_id", id));
        headers.add(header("ce_source", "/plimsoll/" + source));
        headers.add(header(TYPE, type));
        headers.add(header("content-type", contentType));
        return headers;
    }

    public static Header header(String key, String value) {
        return new RecordHeader(key, utf8(value));
    }

    public static byte[] utf8(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    /** Null when there is none, or none with a value. */
    public static String find(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null || header.value() == null
                ? null
                : new String(header.value(), StandardCharsets.UTF_8);
    }

    /** Throws IllegalArgumentException, naming the header, when it is missing. */
    public static String text(Headers headers, String name) {
        String text = find(headers, name);
        if (text == null) {
            throw new IllegalArgumentException("header " + name + " is missing");
        }
        return text;
    }

    /** Throws IllegalArgumentException, naming the header, when it is missing or no number. */
    public static long number(Headers headers, String name) {
        String text = text(headers, name);
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "header " + name + " is '" + shown(text) + "', not a number", e);
        }
    }

    /** Whether the record says that it is of this type. */
    public static boolean isOf(byte[] type, Headers headers) {
        Header header = headers.lastHeader(TYPE);
        return header != null && Arrays.equals(type, header.value());
    }

    /** Throws IllegalArgumentException, naming both types, when the record is of another. */
    public static void requireType(byte[] type, Headers headers) {
        if (!isOf(type, headers)) {
            throw new IllegalArgumentException("header " + TYPE + " is '"
                    + shown(text(headers, TYPE)) + "'; only "
                    + new String(type, StandardCharsets.UTF_8) + " is known here");
        }
    }

    /** A stranger's text, cut to what a message can hold. */
    static String shown(String text) {
        return Shown.line(text, 200);
    }

    /** For people: topic, partition and offset. */
    public static String where(ConsumerRecord<byte[], byte[]> record) {
        return record.topic() + "-" + record.partition() + " at offset " + record.offset();
    }
}
