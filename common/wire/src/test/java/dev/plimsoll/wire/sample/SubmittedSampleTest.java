package dev.plimsoll.wire.sample;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.WireHeaders;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Optional;

/** The records of a sample, of every length around those where something changes. */
class SubmittedSampleTest {

    private static final SubmittedSample.Place PLACE =
            new SubmittedSample.Place("file:///a.jsonl", "a.jsonl", 3);

    private static SubmittedSample sample(int length) {
        byte[] bytes = new byte[length];
        bytes[length - 1] = 7;
        return new SubmittedSample("id", PLACE, bytes, length, Checksums.sha256Hex(bytes));
    }

    private static ConsumerRecord<byte[], byte[]> asRead(ProducerRecord<byte[], byte[]> record) {
        ConsumerRecord<byte[], byte[]> read =
                new ConsumerRecord<>("t", 0, 5, record.key(), record.value());
        record.headers().forEach(read.headers()::add);
        return read;
    }

    @ParameterizedTest
    @CsvSource({"1,1", "524288,1", "524289,2", "1048576,2", "1048577,3", "5000000,10"})
    void aLongSampleIsSeveralRecordsOfOneKey(int length, int records) {
        SubmittedSample sample = sample(length);
        List<ProducerRecord<byte[], byte[]>> sent = sample.toRecords("t");
        assertThat(sent).hasSize(records);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (int i = 0; i < records; i++) {
            ProducerRecord<byte[], byte[]> record = sent.get(i);
            assertThat(record.key()).isEqualTo("id".getBytes(UTF_8));
            assertThat(WireHeaders.find(record.headers(), "plimsoll_line")).isEqualTo("3");
            assertThat(SampleChunk.isChunk(record.headers())).isEqualTo(records > 1);
            if (records > 1) {
                SampleChunk chunk = new SampleChunk(i, records, length, sample.sha256());
                assertThat(SampleChunk.decode(asRead(record))).isEqualTo(new Decoded.Ok<>(chunk));
                assertThat(chunk.last()).isEqualTo(i == records - 1);
            }
            whole.writeBytes(record.value());
        }
        assertThat(whole.toByteArray()).isEqualTo(sample.bytes());
    }

    @Test
    void theBeginningOfOneThatIsTooLargeSaysWhatItIsOf() {
        SubmittedSample sample =
                new SubmittedSample("id", PLACE, new byte[1024], 1L << 40, "ab".repeat(32));
        ProducerRecord<byte[], byte[]> record = sample.toRecords("t").getFirst();
        assertThat(WireHeaders.find(record.headers(), SubmittedSample.OVERSIZE))
                .isEqualTo(Long.toString(1L << 40));
        assertThat(SubmittedSample.announcedSha256(record.headers())).hasValue("ab".repeat(32));
        assertThat(SampleChunk.isChunk(record.headers())).isFalse();
    }

    @Test
    void aWholeSampleAnnouncesNothing() {
        ProducerRecord<byte[], byte[]> record = sample(1).toRecords("t").getFirst();
        record.headers().add(WireHeaders.header(SubmittedSample.SHA256, "0".repeat(64)));
        assertThat(SubmittedSample.announcedSha256(record.headers())).isEmpty();
        record.headers().add(WireHeaders.header(SubmittedSample.OVERSIZE, "many"));
        assertThat(SubmittedSample.announcedBytes(record.headers())).isEmpty();
        assertThat(SubmittedSample.announcedSha256(record.headers())).isEmpty();
        ProducerRecord<byte[], byte[]> part = sample(600_000).toRecords("t").getFirst();
        assertThat(SubmittedSample.announcedSha256(part.headers())).isPresent();
    }

    @Test
    void whatIsNoHashIsNotTakenForOne() {
        ProducerRecord<byte[], byte[]> record = sample(1).toRecords("t").getFirst();
        record.headers().add(WireHeaders.header(SubmittedSample.OVERSIZE, "7"));
        record.headers().add(WireHeaders.header(SubmittedSample.SHA256, "x".repeat(100_000)));
        assertThat(SubmittedSample.announcedSha256(record.headers())).isEqualTo(Optional.empty());
    }

    @ParameterizedTest
    @CsvSource({"2,2,9", "-1,2,9", "0,1,9", "0,3,2", "x,2,9", "0,,9", "0,2,"})
    void aPartThatCannotBeIsMalformed(String index, String count, String bytes) {
        ConsumerRecord<byte[], byte[]> record =
                asRead(sample(600_000).toRecords("t").getFirst());
        put(record, "plimsoll_chunk", index);
        put(record, "plimsoll_chunks", count);
        put(record, "plimsoll_bytes", bytes);
        assertThat(SampleChunk.decode(record)).isInstanceOf(Decoded.Malformed.class);
    }

    private static void put(ConsumerRecord<byte[], byte[]> record, String name, String value) {
        record.headers().remove(name);
        if (value != null) {
            record.headers().add(WireHeaders.header(name, value));
        }
    }
}
