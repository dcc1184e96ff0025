package dev.plimsoll.wire.sample;

import static dev.plimsoll.wire.codec.WireHeaders.header;

import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.WireHeaders;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

import java.util.List;

/**
 * A part of a sample in the topic {@code samples}: the headers say which. The parts of one sample
 * have one key, come in order, and may repeat; between them may lie records of others.
 *
 * @param index counted from 0
 * @param count of all parts, at least 2
 * @param bytes of the whole sample
 * @param sha256 of the whole sample, hex
 */
public record SampleChunk(int index, int count, long bytes, String sha256) {

    static final String TYPE = "plimsoll.sample-chunk.v1";

    private static final String INDEX = "plimsoll_chunk";
    private static final String COUNT = "plimsoll_chunks";
    private static final String BYTES = "plimsoll_bytes";

    public SampleChunk {
        if (count < 2 || index < 0 || index >= count) {
            throw new IllegalArgumentException(
                    "part " + index + " of " + count + " cannot be: parts count from 0");
        }
        if (bytes < count) {
            throw new IllegalArgumentException(
                    count + " parts of " + bytes + " bytes in all cannot be");
        }
        if (!sha256.matches(SubmittedSample.SHA256_PATTERN)) {
            throw new IllegalArgumentException(
                    "header " + SubmittedSample.SHA256 + " is no SHA-256 in hex");
        }
    }

    /** Whether the record says that it is a part of a sample, rightly or not. */
    public static boolean isChunk(Headers headers) {
        return WireHeaders.find(headers, COUNT) != null;
    }

    /** What the headers say. */
    public static Decoded<SampleChunk> decode(ConsumerRecord<byte[], byte[]> record) {
        Headers headers = record.headers();
        try {
            return new Decoded.Ok<>(new SampleChunk(
                    Math.toIntExact(WireHeaders.number(headers, INDEX)),
                    Math.toIntExact(WireHeaders.number(headers, COUNT)),
                    WireHeaders.number(headers, BYTES),
                    WireHeaders.text(headers, SubmittedSample.SHA256)));
        } catch (IllegalArgumentException | ArithmeticException e) {
            return new Decoded.Malformed<>(WireHeaders.where(record), e.getMessage());
        }
    }

    static List<Header> headers(int index, int count, long bytes, String sha256) {
        return List.of(
                header(INDEX, Integer.toString(index)),
                header(COUNT, Integer.toString(count)),
                header(BYTES, Long.toString(bytes)),
                header(SubmittedSample.SHA256, sha256));
    }

    /** Whether the whole is there with this part, if those before it are. */
    public boolean last() {
        return index == count - 1;
    }
}
