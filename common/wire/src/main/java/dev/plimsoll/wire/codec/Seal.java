package dev.plimsoll.wire.codec;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Says that a record was written by a process of the run: a header with an HMAC-SHA256 (RFC 2104)
 * over topic, key, headers and value. Safe for several threads. Decisions 0128 and 0134.
 */
public final class Seal {

    public static final String HEADER = "plimsoll_seal";

    /** On what stands in a reader for a record that is not of the run: why. */
    public static final String FOREIGN = "plimsoll_foreign";

    /** Of a fresh key. */
    public static final int KEY_BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";
    private static final int SEAL_BYTES = 16;

    private final SecretKeySpec key;
    private final ThreadLocal<Gathered> gathered =
            ThreadLocal.withInitial(() -> new Gathered(mac()));

    /** @param key in hex, not empty */
    public Seal(String key) {
        this.key = new SecretKeySpec(HexFormat.of().parseHex(key), ALGORITHM);
    }

    private Mac mac() {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    /** The record with its seal as the last header. */
    public ProducerRecord<byte[], byte[]> sealed(ProducerRecord<byte[], byte[]> record) {
        ProducerRecord<byte[], byte[]> sealed = new ProducerRecord<>(
                record.topic(),
                record.partition(),
                record.timestamp(),
                record.key(),
                record.value(),
                record.headers());
        sealed.headers().remove(HEADER);
        sealed.headers()
                .add(new RecordHeader(
                        HEADER,
                        seal(record.topic(), record.key(), record.value(), sealed.headers())));
        return sealed;
    }

    /** Whether it stands in the place of one that is not of the run: it was told of already. */
    public static boolean isForeign(ConsumerRecord<byte[], byte[]> record) {
        return record.headers().lastHeader(FOREIGN) != null;
    }

    /** Why the record is not of the run; empty when it is. */
    public Optional<String> problem(ConsumerRecord<byte[], byte[]> record) {
        Header found = record.headers().lastHeader(HEADER);
        if (found == null || found.value() == null) {
            return Optional.of("it has no seal of this run");
        }
        Optional<String> bounds = RecordBounds.problem(record);
        if (bounds.isPresent()) {
            return bounds;
        }
        byte[] expected = seal(record.topic(), record.key(), record.value(), record.headers());
        return MessageDigest.isEqual(expected, found.value())
                ? Optional.empty()
                : Optional.of("its seal is not this run's");
    }

    private byte[] seal(String topic, byte[] recordKey, byte[] value, Headers headers) {
        Gathered all = gathered.get();
        all.begin();
        all.add(topic.getBytes(StandardCharsets.UTF_8));
        all.add(recordKey);
        all.add(value);
        for (Header header : headers) {
            if (!header.key().equals(HEADER)) {
                all.add(header.key().getBytes(StandardCharsets.UTF_8));
                all.add(header.value());
            }
        }
        return Arrays.copyOf(all.mac(), SEAL_BYTES);
    }

    /**
     * What the HMAC is over. Small parts are put together before it sees them: a record has dozens,
     * and each call of it costs more than their bytes.
     */
    private static final class Gathered {

        private static final int ROOM = 8_192;

        /** A larger part is not copied. */
        private static final int SMALL = 1_024;

        private final Mac mac;
        private final ByteBuffer parts = ByteBuffer.allocate(ROOM);

        Gathered(Mac mac) {
            this.mac = mac;
        }

        /** Whatever became of the record before. */
        void begin() {
            parts.clear();
            mac.reset();
        }

        /** With its length first, so that no two records have the same bytes. */
        void add(byte[] bytes) {
            int length = bytes == null ? 0 : bytes.length;
            if (parts.remaining() < Long.BYTES + Math.min(length, SMALL)) {
                flush();
            }
            parts.putLong(bytes == null ? -1 : length);
            if (length > SMALL) {
                flush();
                mac.update(bytes);
            } else if (bytes != null) {
                parts.put(bytes);
            }
        }

        byte[] mac() {
            flush();
            return mac.doFinal();
        }

        private void flush() {
            mac.update(parts.array(), 0, parts.position());
            parts.clear();
        }
    }
}
