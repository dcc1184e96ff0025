package dev.plimsoll.coordinator.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleIds;
import dev.plimsoll.wire.codec.WireHeaders;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

import java.util.Optional;

/**
 * One record of the topic {@code samples} as submitted.
 *
 * @param value empty when the record has none; the beginning of what the submitter found too large
 *     to send
 * @param bytes length of all that was to be submitted
 * @param sha256 of all that was to be submitted, hex; never empty, or a restart would not know who
 *     took the id
 * @param source file and line as the submitter named them, or empty
 * @param sourceName of the source that operators know the sample by; perhaps unusable
 */
public record Submission(
        SampleOrigin origin,
        Optional<String> givenId,
        byte[] value,
        long bytes,
        String sha256,
        String source,
        String sourceName) {

    private static final int PREFIX_CHARACTERS = 1024;

    public static Submission of(ConsumerRecord<byte[], byte[]> record) {
        byte[] value = record.value() == null ? new byte[0] : record.value();
        String announced = header(record, "plimsoll_oversize");
        boolean marker = announced.matches("[0-9]{1,18}");
        String announcedHash = marker ? header(record, "plimsoll_sha256") : "";
        return new Submission(
                new SampleOrigin(record.partition(), record.offset()),
                givenId(record),
                value,
                marker ? Long.parseLong(announced) : value.length,
                announcedHash.isEmpty() ? SampleIds.contentHash(value) : announcedHash,
                source(record),
                Optional.ofNullable(WireHeaders.find(record.headers(), SourceName.HEADER))
                        .orElse(SourceName.DEFAULT));
    }

    /** What is wrong with the name of the source, if it cannot be used. */
    Optional<String> badSourceName() {
        try {
            SourceName.require(sourceName);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of("header " + SourceName.HEADER + ": " + e.getMessage());
        }
    }

    /**
     * The record's key, else its CloudEvents id, else the field id, else a hash of place and
     * content.
     */
    String idWith(Optional<ParsedSample> parsed) {
        return givenId.or(() -> parsed.flatMap(ParsedSample::id))
                .orElseGet(() ->
                        SampleIds.derive("samples-" + origin.partition(), origin.offset(), value));
    }

    public RejectedSample rejected(String id, RejectionReason reason, String note) {
        return new RejectedSample(
                id, origin, source, reason, note, new RejectedSample.Content(sha256, prefix()));
    }

    private String prefix() {
        // four bytes are the most that a character takes
        int bytes = Math.min(value.length, PREFIX_CHARACTERS * 4);
        String text = new String(value, 0, bytes, UTF_8);
        if (text.length() <= PREFIX_CHARACTERS) {
            return text;
        }
        boolean splits = Character.isHighSurrogate(text.charAt(PREFIX_CHARACTERS - 1));
        return text.substring(0, splits ? PREFIX_CHARACTERS - 1 : PREFIX_CHARACTERS);
    }

    private static Optional<String> givenId(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() != null && record.key().length > 0) {
            return Optional.of(SampleIds.ofGiven(record.key()));
        }
        Header header = record.headers().lastHeader("ce_id");
        return header == null || header.value() == null || header.value().length == 0
                ? Optional.empty()
                : Optional.of(SampleIds.ofGiven(header.value()));
    }

    private static String source(ConsumerRecord<byte[], byte[]> record) {
        String file = header(record, "plimsoll_file");
        String line = header(record, "plimsoll_line");
        return line.isEmpty() ? file : file + ":" + line;
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        String text = WireHeaders.find(record.headers(), name);
        return text == null ? "" : text;
    }
}
