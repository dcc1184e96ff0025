package dev.plimsoll.coordinator.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleIds;
import dev.plimsoll.wire.codec.WireHeaders;
import dev.plimsoll.wire.protocol.SourceName;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.SubmittedSample;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

import java.util.Optional;

/**
 * One sample as submitted: a record of the topic {@code samples}, or several of which the last one
 * gives the origin.
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
    private static final int FILE_CHARACTERS = 256;
    private static final int LINE_CHARACTERS = 20;

    public static Submission of(ConsumerRecord<byte[], byte[]> record) {
        byte[] value = record.value() == null ? new byte[0] : record.value();
        return new Submission(
                new SampleOrigin(record.partition(), record.offset()),
                givenId(record),
                value,
                SubmittedSample.announcedBytes(record.headers()).orElse(value.length),
                SubmittedSample.announcedSha256(record.headers())
                        .orElseGet(() -> SampleIds.contentHash(value)),
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

    /** The sample of which this record is the last part. */
    Submission whole(byte[] all) {
        return new Submission(
                origin, givenId, all, all.length, SampleIds.contentHash(all), source, sourceName);
    }

    /** The sample of which this record is a part, by what the record says of it. */
    Submission announced(long length, String hash) {
        return new Submission(origin, givenId, value, length, hash, source, sourceName);
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
                id,
                origin,
                source,
                reason,
                note,
                new RejectedSample.Content(sha256, prefix(value)));
    }

    /** The first characters. */
    static String prefix(byte[] value) {
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
        String file = bounded(header(record, "plimsoll_file"), FILE_CHARACTERS);
        String line = bounded(header(record, "plimsoll_line"), LINE_CHARACTERS);
        return line.isEmpty() ? file : file + ":" + line;
    }

    /** Anyone may write a header of any length and with any characters; this is copied. */
    private static String bounded(String text, int most) {
        return text.codePoints()
                .limit(most)
                .map(c -> Character.isISOControl(c) ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        String text = WireHeaders.find(record.headers(), name);
        return text == null ? "" : text;
    }
}
