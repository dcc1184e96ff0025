package dev.plimsoll.wire.codec;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class SealTest {

    private static final Seal SEAL = new Seal("0a".repeat(32));
    private static final Seal OTHER = new Seal("0b".repeat(32));

    private static ProducerRecord<byte[], byte[]> record(String topic, byte[] key, byte[] value) {
        List<Header> headers =
                List.of(WireHeaders.header("ce_type", "t.v1"), WireHeaders.header("ce_id", "1"));
        return new ProducerRecord<>(topic, 0, key, value, headers);
    }

    private static ConsumerRecord<byte[], byte[]> read(ProducerRecord<byte[], byte[]> sent) {
        ConsumerRecord<byte[], byte[]> record =
                new ConsumerRecord<>(sent.topic(), 0, 7, sent.key(), sent.value());
        sent.headers().forEach(header -> record.headers().add(header));
        return record;
    }

    @Test
    void whatWasSealedIsOfTheRunAndOfNoOther() {
        for (byte[] value : List.of("v".getBytes(UTF_8), new byte[0], new byte[100_000])) {
            var sealed = read(SEAL.sealed(record("p.reports", "k".getBytes(UTF_8), value)));
            assertThat(SEAL.problem(sealed)).isEmpty();
            assertThat(OTHER.problem(sealed))
                    .hasValueSatisfying(why -> assertThat(why).contains("not this run's"));
        }
        assertThat(SEAL.problem(read(SEAL.sealed(record("p.reports", null, null)))))
                .isEmpty();
    }

    @Test
    void aRecordWithoutASealIsNot() {
        assertThat(SEAL.problem(read(record("p.reports", null, null)))).isPresent();
    }

    @Test
    void everythingButTheOffsetIsSealed() {
        byte[] large = new byte[100_000];
        var sealed = SEAL.sealed(record("p.reports", "k".getBytes(UTF_8), large));
        Header seal = sealed.headers().lastHeader(Seal.HEADER);
        var elsewhere = read(record("p.commands", "k".getBytes(UTF_8), large));
        elsewhere.headers().add(seal);
        assertThat(SEAL.problem(elsewhere)).as("another topic").isPresent();
        var otherKey = read(record("p.reports", "l".getBytes(UTF_8), large));
        otherKey.headers().add(seal);
        assertThat(SEAL.problem(otherKey)).as("another key").isPresent();
        byte[] changed = large.clone();
        changed[99_999] = 1;
        var otherValue = read(record("p.reports", "k".getBytes(UTF_8), changed));
        otherValue.headers().add(seal);
        assertThat(SEAL.problem(otherValue)).as("another value").isPresent();
        var otherHeader = read(sealed);
        otherHeader.headers().add(WireHeaders.header("ce_type", "t.v2"));
        assertThat(SEAL.problem(otherHeader)).as("a header more").isPresent();
        var without = read(sealed);
        without.headers().remove("ce_id");
        assertThat(SEAL.problem(without)).as("a header less").isPresent();
    }

    /** A checksum is no seal: another value with the same one is easily made. */
    @Test
    void aLargeValueWithTheSameChecksumIsAnother() {
        byte[] large = new byte[900_000];
        byte[] forged = large.clone();
        // the generator polynomial of CRC-32C, in the order in which it takes bits
        long polynomial = 1 | 0x82F63B78L << 1;
        for (int i = 0; i < Long.BYTES; i++) {
            forged[500_000 + i] ^= (byte) (polynomial >>> 8 * i);
        }
        assertThat(Checksums.crc32c(forged)).isEqualTo(Checksums.crc32c(large));
        var sealed = SEAL.sealed(record("p.gradients", null, large));
        var other = read(record("p.gradients", null, forged));
        other.headers().add(sealed.headers().lastHeader(Seal.HEADER));
        assertThat(SEAL.problem(other)).isPresent();
    }

    @Test
    void whatIsSealedTwiceHasOneSeal() {
        var twice = SEAL.sealed(OTHER.sealed(record("p.reports", null, "v".getBytes(UTF_8))));
        assertThat(twice.headers().headers(Seal.HEADER)).hasSize(1);
        assertThat(SEAL.problem(read(twice))).isEmpty();
    }

    /**
     * However its parts are put together on the way: they are an HMAC-SHA256 over topic, key, value
     * and each header's name and value, each with its length in eight bytes before it.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1_023, 1_024, 1_025, 7_000, 8_184, 8_193, 100_000})
    void aSealIsThatOfAllPartsInOrder(int size) throws Exception {
        byte[] value = new byte[size];
        new Random(size).nextBytes(value);
        ProducerRecord<byte[], byte[]> record = record("p.tokenized", null, value);
        for (int i = 0; i < 40; i++) {
            record.headers().add("h" + i, new byte[i * i]);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        DataOutputStream parts = new DataOutputStream(all);
        part(parts, "p.tokenized".getBytes(UTF_8));
        part(parts, null);
        part(parts, value);
        for (Header header : record.headers()) {
            part(parts, header.key().getBytes(UTF_8));
            part(parts, header.value());
        }
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(HexFormat.of().parseHex("0a".repeat(32)), "HmacSHA256"));
        assertThat(SEAL.sealed(record).headers().lastHeader(Seal.HEADER).value())
                .isEqualTo(Arrays.copyOf(mac.doFinal(all.toByteArray()), 16));
    }

    private static void part(DataOutputStream to, byte[] bytes) throws IOException {
        to.writeLong(bytes == null ? -1 : bytes.length);
        if (bytes != null) {
            to.write(bytes);
        }
    }
}
