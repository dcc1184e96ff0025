package dev.plimsoll.wire;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.RecordBounds;
import dev.plimsoll.wire.codec.WireCodec;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.CardMemory;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.TrainMeasures;
import dev.plimsoll.wire.protocol.WorkerCard;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.TokenizedSample;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Records that strangers put into topics of a run: each is malformed, and none throws. */
class HostileRecordsTest {

    private static final WorkerDevice DEVICE = new WorkerDevice("cpu", "x86", "fp32", 0);

    private static ConsumerRecord<byte[], byte[]> read(ProducerRecord<byte[], byte[]> sent) {
        return read(sent.topic(), 9, sent.key(), sent.value(), sent.headers().toArray());
    }

    private static ConsumerRecord<byte[], byte[]> read(
            String topic, long offset, byte[] key, byte[] value, Header... headers) {
        return new ConsumerRecord<>(
                topic,
                0,
                offset,
                0,
                TimestampType.CREATE_TIME,
                0,
                0,
                key,
                value,
                new RecordHeaders(headers),
                Optional.empty());
    }

    private static String problem(Decoded<?> decoded) {
        assertThat(decoded).isInstanceOf(Decoded.Malformed.class);
        String problem = ((Decoded.Malformed<?>) decoded).problem();
        assertThat(problem).hasSizeLessThanOrEqualTo(600).doesNotContain("\n", "\u001b");
        return problem;
    }

    private static Decoded<Report> sent(Report report) {
        return Wire.REPORTS.decode(
                read(Wire.REPORTS.toRecord("reports", 1, "k", report, "test", "1")));
    }

    /** Row 4. */
    @Test
    void aTypeWithoutAValueIsNoType() {
        ConsumerRecord<byte[], byte[]> record =
                read("adapter", 0, null, "{}".getBytes(UTF_8), new RecordHeader("ce_type", (byte[])
                        null));
        assertThat(TensorChunk.isChunk(record)).isFalse();
        assertThat(problem(TensorChunk.decode(record))).contains("ce_type");
        assertThat(problem(TokenizedSample.decodeHead(record))).contains("ce_type");
        Wire.families().forEach((family, codec) -> {
            if (!family.equals(Control.class)) {
                assertThat(problem(codec.decode(record))).contains("ce_type");
            }
        });
    }

    /** Row 2: as text, and as a type's name. */
    @Test
    void aRequestWithALongTextIsMalformed() {
        String pause = "{\"type\":\"Pause\",\"requestedBy\":\"" + "x".repeat(900_000) + "\"}";
        assertThat(problem(Wire.CONTROL.decode(read("control", 0, null, pause.getBytes(UTF_8)))))
                .contains("requestedBy");
        String unknown = "{\"type\":\"" + "x\\n".repeat(300_000) + "\"}";
        problem(Wire.CONTROL.decode(read("control", 0, null, unknown.getBytes(UTF_8))));
        String number = "{\"type\":\"WeighSource\",\"name\":\"a\",\"weight\":\""
                + "y".repeat(90_000) + "\",\"request\":\"r\",\"requestedBy\":\"me\"}";
        problem(Wire.CONTROL.decode(read("control", 0, null, number.getBytes(UTF_8))));
    }

    /** Row 3. */
    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a\nINFO forged", "a/b", "\u001b[2J", "ä", "%s", "a:b"})
    void idsHaveAnAlphabet(String id) {
        assertThat(problem(sent(new Report.Joined(id, "i-1", "ab12", DEVICE))))
                .contains("workerId");
        assertThat(problem(sent(new Report.Joined("w", id, "ab12", DEVICE))))
                .contains("incarnation");
        assertThat(problem(sent(new Report.Heartbeat(id, 1, 0, 0)))).contains("workerId");
    }

    @Test
    void idsAreBounded() {
        assertThat(sent(new Report.Joined("w".repeat(64), "i", "h", DEVICE)))
                .isInstanceOf(Decoded.Ok.class);
        assertThat(problem(sent(new Report.Joined("w".repeat(65), "i", "h", DEVICE))))
                .contains("workerId");
        assertThat(problem(sent(new Report.Joined("w".repeat(1_000_000), "i", "h", DEVICE))))
                .contains("workerId");
    }

    @Test
    void numbersAreInRange() {
        Attempt attempt = new Attempt(1, 1);
        assertThat(problem(
                        sent(new Report.MemoryRead("w", 1, new MemoryMeasures(-1, 0, 0, 0, 0, 0)))))
                .contains("usedBytes");
        assertThat(problem(sent(new Report.MemoryRead(
                        "w", 1, new MemoryMeasures(0, 0, 0, 0, 0, Long.MAX_VALUE)))))
                .contains("budgetBytes");
        assertThat(problem(sent(new Report.ShardReady(-1, 0)))).contains("shard");
        assertThat(problem(sent(new Report.MicroBatchFailed(
                        "w", 1, attempt, FailureReason.OUT_OF_MEMORY, "", -5))))
                .contains("wantedBytes");
    }

    private static WorkerDevice wide(WorkerCard... cards) {
        return new WorkerDevice("cuda", "two cards", "bf16", 0, List.of(cards));
    }

    private static WorkerCard card(int number, int first, int layers, boolean last) {
        return new WorkerCard(number, "card", 1L << 34, first, layers, first == 0, last);
    }

    private static String joining(WorkerDevice device) {
        return problem(sent(new Report.Joined("w", "i", "h", device)));
    }

    @Test
    void theCardsOfAWorkerShareTheLayersAmongThem() {
        WorkerDevice good = wide(card(0, 0, 17, false), card(1, 17, 15, true));
        assertThat(sent(new Report.Joined("w", "i", "h", good))).isInstanceOf(Decoded.Ok.class);
        assertThat(joining(wide(card(0, 0, 17, false), card(0, 17, 15, true))))
                .contains("card 0 is named twice");
        assertThat(joining(wide(card(0, 0, 17, false), card(1, 18, 14, true))))
                .contains("card 1 begins at layer 18, and 17 is next");
        assertThat(joining(wide(card(0, 0, 17, false), card(1, 16, 16, true))))
                .contains("card 1 begins at layer 16, and 17 is next");
        assertThat(joining(wide(card(0, 0, 17, false), card(1, 17, 0, true))))
                .contains("card 1 has 0 layers");
        assertThat(joining(wide(card(0, 0, Integer.MAX_VALUE, false), card(1, 17, 1, true))))
                .contains("card 0 has 2147483647 layers");
        assertThat(joining(wide(card(-3, 0, 17, false), card(1, 17, 15, true))))
                .contains("number is -3");
        assertThat(joining(wide(card(0, 0, 17, false), card(1, 17, 15, false))))
                .contains("head not on the last alone");
        assertThat(joining(wide(card(0, 0, 32, true)))).contains("cards has 1 items");
    }

    @Test
    void aWorkerHasAtMost64Cards() {
        WorkerCard[] many = new WorkerCard[65];
        for (int i = 0; i < many.length; i++) {
            many[i] = card(i, i, 1, i == many.length - 1);
        }
        assertThat(joining(wide(many))).contains("cards has 65 items");
        List<CardMemory> memories = Collections.nCopies(65, new CardMemory(0, 0, 0, 0, 0, 0));
        assertThat(problem(sent(new Report.MemoryRead(
                        "w", 1, new MemoryMeasures(0, 0, 0, 0, 0, 0, memories)))))
                .contains("cards has 65 items");
        assertThat(problem(sent(new Report.MicroBatchFailed(
                        "w", 1, new Attempt(1, 1), FailureReason.OUT_OF_MEMORY, "", 5, 64))))
                .contains("card is 64");
    }

    @Test
    void whatACardHasIsInRange() {
        List<CardMemory> memories =
                List.of(new CardMemory(0, 0, 0, 0, 0, 0), new CardMemory(0, 0, 0, -7, 0, 0));
        assertThat(problem(sent(new Report.MemoryRead(
                        "w", 1, new MemoryMeasures(0, 0, 0, 0, 0, 0, memories)))))
                .contains("freeBytes is -7");
        assertThat(problem(sent(new Report.MicroBatchTrained(
                        "w",
                        1,
                        new Attempt(1, 1),
                        1,
                        1,
                        new TrainMeasures(1, 1, 1, 1, List.of(4L, -9L))))))
                .contains("cardPeakBytes is -9");
    }

    @Test
    void aNoteIsCutWhereItIsMade() {
        Report.Left left = new Report.Left("w", 1, "a\nb" + "x".repeat(5_000));
        assertThat(left.note()).hasSize(2_000).startsWith("a bx").endsWith("…");
        assertThat(sent(left)).isEqualTo(new Decoded.Ok<>(left));
    }

    @Test
    void bytesThatLookLikeAnotherEncodingAreMalformed() {
        byte[] utf32 = {0, 0, 0, '{', 127, 127, 127, 127};
        problem(Wire.CONTROL.decode(read("control", 0, null, utf32)));
    }

    /** Rows 1 and 13. */
    @Test
    void sizesAreBounded() {
        byte[] json = "{\"type\":\"Finish\",\"requestedBy\":\"me\"}".getBytes(UTF_8);
        assertThat(Wire.CONTROL.decode(read("control", 0, null, json)))
                .isInstanceOf(Decoded.Ok.class);
        byte[] large = new byte[RecordBounds.VALUE_BYTES + 1];
        assertThat(problem(Wire.CONTROL.decode(read("control", 0, null, large))))
                .contains("value");
        byte[] key = new byte[RecordBounds.KEY_BYTES + 1];
        assertThat(problem(Wire.CONTROL.decode(read("control", 0, key, json)))).contains("key");
        Header header = new RecordHeader("x", new byte[RecordBounds.HEADER_BYTES]);
        assertThat(problem(Wire.CONTROL.decode(read("control", 0, null, json, header))))
                .contains("headers");
        Header[] many = new Header[RecordBounds.HEADERS + 1];
        Arrays.fill(many, new RecordHeader("x", (byte[]) null));
        assertThat(problem(Wire.CONTROL.decode(read("control", 0, null, json, many))))
                .contains("65 headers");
    }

    /** Row 7, and what else a head can say. */
    @ParameterizedTest
    @CsvSource({
        "plimsoll_chunks,2147483647",
        "plimsoll_chunks,4294967297",
        "plimsoll_chunk,1",
        "plimsoll_chunk,-1",
        "plimsoll_tokens,4",
        "plimsoll_tokens,2147483647",
        "plimsoll_tokens,-3",
        "plimsoll_loss_tokens,9",
        "plimsoll_origin_partition,-1",
        "plimsoll_origin_partition,4294967296",
        "plimsoll_origin_offset,-7",
        "plimsoll_sha256,a b",
        "plimsoll_crc32c,1",
        "plimsoll_cut,-1",
        "plimsoll_source,a b",
        "ce_type,plimsoll.tokenized.v2",
    })
    void aTokenizedRecordIsWhatItsHeadersSay(String name, String value) {
        ConsumerRecord<byte[], byte[]> record =
                read(sample().toRecords("tokenized").getFirst());
        assertThat(TokenizedSample.decodeHead(record)).isInstanceOf(Decoded.Ok.class);
        record.headers().remove(name);
        record.headers().add(name, value.getBytes(UTF_8));
        problem(TokenizedSample.decodeHead(record));
    }

    @Test
    void aTokenHasNoNegativeId() {
        TokenizedSample bad = new TokenizedSample(
                "a",
                new SampleOrigin(0, 1),
                Checksums.sha256Hex("a"),
                new int[] {1, -2},
                new boolean[] {false, true});
        assertThat(problem(
                        TokenizedSample.decode(List.of(read(bad.toRecords("t").getFirst())))))
                .contains("-2");
    }

    private static TokenizedSample sample() {
        return new TokenizedSample(
                "a",
                new SampleOrigin(0, 1),
                Checksums.sha256Hex("a"),
                new int[] {1, 2, 3},
                new boolean[] {false, true, true});
    }

    @ParameterizedTest
    @CsvSource({
        "plimsoll_shard,-1",
        "plimsoll_shard,4294967296",
        "plimsoll_chunk,-1",
        "plimsoll_owner,-1",
        "plimsoll_part,a b",
        "plimsoll_dtype,F16",
        "plimsoll_crc32c,x",
    })
    void aTensorChunkIsWhatItsHeadersSay(String name, String value) {
        ConsumerRecord<byte[], byte[]> record =
                read(new TensorChunk(0, 1, "sum", 3, new float[] {1, 2}).toRecord("g", "w"));
        assertThat(TensorChunk.decode(record)).isInstanceOf(Decoded.Ok.class);
        record.headers().remove(name);
        record.headers().add(name, value.getBytes(UTF_8));
        problem(TensorChunk.decode(record));
    }

    /** Whatever bytes come, a decoder answers; seeded. */
    @Test
    void noRecordMakesADecoderThrow() {
        List<ProducerRecord<byte[], byte[]>> good = new ArrayList<>(sample().toRecords("t"));
        good.add(new TensorChunk(0, 1, "sum", 3, new float[] {1, 2}).toRecord("g", "w"));
        WireSamples.all().forEach(value -> good.add(encoded(value)));
        Random dice = new Random(15);
        Mutations mutations = new Mutations(dice);
        int count = Integer.getInteger("plimsoll.fuzz", 20_000);
        for (int i = 0; i < count; i++) {
            ConsumerRecord<byte[], byte[]> record = read(
                    dice.nextInt(10) == 0
                            ? mutations.random("t", 0)
                            : mutations.of(good.get(dice.nextInt(good.size()))));
            TensorChunk.isChunk(record);
            TensorChunk.decode(record);
            TokenizedSample.decodeHead(record);
            TokenizedSample.decode(List.of(record));
            Wire.families().values().forEach(codec -> codec.decode(record));
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> ProducerRecord<byte[], byte[]> encoded(T value) {
        WireCodec<T> codec = (WireCodec<T>) Wire.families().entrySet().stream()
                .filter(family -> family.getKey().isInstance(value))
                .findFirst()
                .orElseThrow()
                .getValue();
        return codec.toRecord("t", 0, "key", value, "test", "1");
    }
}
