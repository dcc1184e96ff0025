package dev.plimsoll.wire.sample;

import static dev.plimsoll.wire.codec.WireHeaders.header;
import static dev.plimsoll.wire.codec.WireHeaders.utf8;

import dev.plimsoll.wire.codec.WireHeaders;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One sample on its way to the topic {@code samples}: a record, or several {@link SampleChunk}s
 * where it is longer than one may be. All of them have the id as their key, so that they lie in one
 * partition. Command line and REST make their records here.
 *
 * @param id as given by the submitter, or derived
 * @param place where it was found
 * @param bytes the sample, or the beginning of one that is too large to send
 * @param length of the whole sample in bytes
 * @param sha256 of the whole sample, hex
 */
public record SubmittedSample(String id, Place place, byte[] bytes, long length, String sha256) {

    /** A longer sample travels in several records. */
    public static final int CHUNK_BYTES = 512 * 1024;

    /** A longer sample is not sent: its beginning goes in its stead, and is rejected. */
    public static final int MAX_BYTES = CoordinatorCatalogue.MOST_SAMPLE_BYTES;

    /** So many bytes of a sample that is too large are sent. */
    public static final int BEGINNING_BYTES = 1024;

    /** On the beginning of a sample that is too large: the length of the whole in bytes. */
    public static final String OVERSIZE = "plimsoll_oversize";

    /** Of the whole sample, hex. */
    public static final String SHA256 = "plimsoll_sha256";

    static final String SHA256_PATTERN = "[0-9a-f]{64}";

    private static final String LENGTH_PATTERN = "[0-9]{1,18}";

    private static final String TYPE = "plimsoll.sample.v1";

    /**
     * Where a sample was found.
     *
     * @param source ids are derived from it: a file's URI, or what the submitter says
     * @param file its name for messages
     * @param line counted from 1, or the number of the sample where the file has no lines
     */
    public record Place(String source, String file, long line) {}

    /**
     * The length of the whole in bytes, as the beginning of one that is too large says it; empty
     * where the record is no such beginning.
     */
    public static OptionalLong announcedBytes(Headers headers) {
        String said = WireHeaders.find(headers, OVERSIZE);
        return said != null && said.matches(LENGTH_PATTERN)
                ? OptionalLong.of(Long.parseLong(said))
                : OptionalLong.empty();
    }

    /**
     * What a part, or the beginning of one that is too large, says of the whole's SHA-256; empty
     * where that is none. Any other record is the whole, and whatever it says of that is not
     * believed.
     */
    public static Optional<String> announcedSha256(Headers headers) {
        return SampleChunk.isChunk(headers) || announcedBytes(headers).isPresent()
                ? Optional.ofNullable(WireHeaders.find(headers, SHA256))
                        .filter(said -> said.matches(SHA256_PATTERN))
                : Optional.empty();
    }

    /** Whether it is sent, and not its beginning alone. */
    public boolean whole() {
        return bytes.length == length;
    }

    /** In the order in which they are to be sent. */
    public List<ProducerRecord<byte[], byte[]>> toRecords(String topic) {
        if (!whole()) {
            List<Header> headers = headers(id, TYPE);
            headers.add(header(OVERSIZE, Long.toString(length)));
            headers.add(header(SHA256, sha256));
            return List.of(record(topic, bytes, headers));
        }
        if (bytes.length <= CHUNK_BYTES) {
            return List.of(record(topic, bytes, headers(id, TYPE)));
        }
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        int chunks = (bytes.length + CHUNK_BYTES - 1) / CHUNK_BYTES;
        for (int chunk = 0; chunk < chunks; chunk++) {
            int from = chunk * CHUNK_BYTES;
            List<Header> headers = headers(id + "/" + chunk, SampleChunk.TYPE);
            headers.addAll(SampleChunk.headers(chunk, chunks, length, sha256));
            byte[] part =
                    Arrays.copyOfRange(bytes, from, Math.min(from + CHUNK_BYTES, bytes.length));
            records.add(record(topic, part, headers));
        }
        return records;
    }

    private ProducerRecord<byte[], byte[]> record(
            String topic, byte[] value, List<Header> headers) {
        return new ProducerRecord<>(topic, null, utf8(id), value, headers);
    }

    private List<Header> headers(String eventId, String type) {
        return new ArrayList<>(List.of(
                header("ce_specversion", "1.0"),
                header("ce_id", eventId),
                header("ce_source", place.source()),
                header("ce_type", type),
                header("content-type", "application/json"),
                header("plimsoll_file", place.file()),
                header("plimsoll_line", Long.toString(place.line()))));
    }
}
