package dev.plimsoll.coordinator.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.coordinator.ingest.IngestTransaction.Counts;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.samples.TokenizeOutcome;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SubmittedSample;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Samples that come in parts: what ingest makes of every order, and that a restart changes none.
 */
class PartsTest {

    private static final Topics TOPICS = new Topics("t");
    private static final int BIG = SubmittedSample.CHUNK_BYTES;

    private final List<ConsumerRecord<byte[], byte[]>> log = new ArrayList<>();
    private final List<String> outcomes = new ArrayList<>();
    private IngestCore core = core();
    private IngestTransaction last;

    private static IngestCore core() {
        return new IngestCore(TOPICS, PartsTest::tokenize);
    }

    /** As many tokens as the text has kinds of letters. */
    private static TokenizeOutcome tokenize(ParsedSample sample) {
        int tokens =
                (int) ((ParsedSample.Text) sample).text().chars().distinct().count() + 1;
        boolean[] trainOn = new boolean[tokens];
        java.util.Arrays.fill(trainOn, 1, tokens, true);
        return new TokenSequence(new int[tokens], trainOn);
    }

    /** Three parts; {@code version} makes another content under the same id. */
    private static List<ProducerRecord<byte[], byte[]>> parts(String id, char version) {
        byte[] bytes = ("{\"text\":\"" + version + "x".repeat(2 * BIG) + "\"}").getBytes(UTF_8);
        SubmittedSample.Place place = new SubmittedSample.Place("test", "big.jsonl", 7);
        return new SubmittedSample(id, place, bytes, bytes.length, Checksums.sha256Hex(bytes))
                .toRecords(TOPICS.samples());
    }

    private void send(ProducerRecord<byte[], byte[]> record) {
        ConsumerRecord<byte[], byte[]> read =
                new ConsumerRecord<>(TOPICS.samples(), 0, log.size(), record.key(), record.value());
        record.headers().forEach(read.headers()::add);
        log.add(read);
    }

    /** A word for each record: A0 is the first part of sample A, b1 the second of its other one. */
    private void send(String order) {
        for (String word : order.split(" ")) {
            boolean other = Character.isLowerCase(word.charAt(0));
            String id = word.substring(0, 1).toUpperCase(java.util.Locale.ROOT);
            if (word.length() == 1) {
                send(new ProducerRecord<>(
                        TOPICS.samples(), id.getBytes(UTF_8), "{\"text\":\"s\"}".getBytes(UTF_8)));
            } else {
                send(parts(id, other ? 'o' : 'f').get(word.charAt(1) - '0'));
            }
        }
    }

    private void read(int from, int to) {
        last = core.decide(log.subList(from, to));
        last.records().stream()
                .filter(record -> !record.topic().equals(TOPICS.tokenized()) || isFirst(record))
                .forEach(record -> outcomes.add(outcome(record)));
        core.apply(last);
    }

    private static boolean isFirst(ProducerRecord<byte[], byte[]> record) {
        return new String(record.headers().lastHeader("plimsoll_chunk").value(), UTF_8).equals("0");
    }

    private static ConsumerRecord<byte[], byte[]> asRead(ProducerRecord<byte[], byte[]> record) {
        ConsumerRecord<byte[], byte[]> read =
                new ConsumerRecord<>(record.topic(), 0, 0, record.key(), record.value());
        record.headers().forEach(read.headers()::add);
        return read;
    }

    private static String outcome(ProducerRecord<byte[], byte[]> record) {
        String id = new String(record.key(), UTF_8);
        if (record.topic().equals(TOPICS.tokenized())) {
            var head = ((Decoded.Ok<TokenizedSample.Head>)
                            TokenizedSample.decodeHead(asRead(record)))
                    .value();
            return id + "@" + head.origin().offset();
        }
        RejectedSample rejected = rejected(record);
        return id + " " + rejected.reason() + "@" + rejected.origin().offset();
    }

    private static RejectedSample rejected(ProducerRecord<byte[], byte[]> record) {
        return ((Decoded.Ok<RejectedSample>) Wire.REJECTED.decode(asRead(record))).value();
    }

    @ParameterizedTest(name = "{0} gives {1}")
    @CsvSource(delimiter = '|', textBlock = """
            A0 A1 A2                   | A@2
            A0 B0 A1 S B1 A2 B2        | S@3 A@5 B@6
            A0 A1 A0 A1 A2             | A@4
            A0 A1 A2 A0 A1 A2          | A@2
            A0 A0 A1 A1 A2 A2          | A@4
            A0 A1 A0 A2 A1 A2          | A@3
            A0 a0 A1 a1 A2 a2          | A@4 A ID_REUSED@5
            A0 A1 a0 a1 a2             | A@4
            A0 A2                      | A INCOMPLETE@1
            A0 A2 A0 A1 A2             | A INCOMPLETE@1 A@4
            A1 A2                      | A INCOMPLETE@0
            A1 A0 A1 A2                | A INCOMPLETE@0 A@3
            A0 A A1 A2                 | A@1 A ID_REUSED@3
            A0 A1                      |
            """)
    void everyOrderHasItsOutcome(String order, String expected) {
        send(order);
        read(0, log.size());
        assertThat(String.join(" ", outcomes)).isEqualTo(expected == null ? "" : expected);
        assertThat(core.nextOffset(0)).isEqualTo(log.size());
    }

    /** The process dies after each record in turn; the next one reads on from what is durable. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "A0 B0 A1 S B1 A2 B2",
                "A0 A1 a0 A2 a1 a2",
                "A0 A2 B0 A0 A1 A2 B1 B2",
                "B0 A1 A2 A0 A1 B1 A2 S B2"
            })
    void aRestartAnywhereChangesNothing(String order) {
        send(order);
        read(0, log.size());
        List<String> whole = List.copyOf(outcomes);
        for (int dies = 1; dies < log.size(); dies++) {
            outcomes.clear();
            core = core();
            read(0, dies);
            IngestCore next = core();
            core.decide(List.of());
            folded(next, dies);
            long from = last.openFrom().get(0);
            next.committed(0, dies, from);
            assertThat(next.openFrom(0)).isEqualTo(from);
            core = next;
            read((int) from, log.size());
            assertThat(outcomes).as("killed after %s of %s", dies, order).isEqualTo(whole);
        }
    }

    /** What the first process wrote. */
    private void folded(IngestCore next, int upTo) {
        IngestCore before = core();
        IngestTransaction written = before.decide(log.subList(0, upTo));
        written.records().forEach(record -> {
            if (record.topic().equals(TOPICS.tokenized())) {
                next.tokenized(asRead(record));
            } else {
                next.rejected(asRead(record));
            }
        });
    }

    @Test
    void aPositionNeverPassesTheBeginningOfAnOpenSample() {
        send("S A0 B0 A1 A2 B1 B2");
        long[] openFrom = {1, 1, 1, 1, 2, 2, 7};
        for (int i = 0; i < log.size(); i++) {
            read(i, i + 1);
            assertThat(last.nextOffsets()).isEqualTo(Map.of(0, i + 1L));
            assertThat(last.openFrom()).isEqualTo(Map.of(0, openFrom[i]));
        }
    }

    @Test
    void whatIsReadAgainIsTakenOnce() {
        send("A0 A1 A2");
        read(0, 2);
        read(0, 3);
        read(0, 3);
        assertThat(outcomes).containsExactly("A@2");
    }

    @Test
    void aSampleOfWhichNothingCameForLongIsGivenUp() {
        send("A0 A1");
        ConsumerRecord<byte[], byte[]> late = new ConsumerRecord<>(
                TOPICS.samples(),
                0,
                Assemblies.PATIENCE + 2,
                "S".getBytes(UTF_8),
                "{\"text\":\"s\"}".getBytes(UTF_8));
        log.add(late);
        read(0, 3);
        assertThat(outcomes).containsExactly("A INCOMPLETE@1", "S@" + late.offset());
        RejectedSample given = rejected(last.records().getFirst());
        assertThat(given.note()).contains("2 of its 3 parts came", "submit the sample again");
        assertThat(given.content().recordPrefix()).startsWith("{\"text\":\"f").hasSize(1024);
        assertThat(last.openFrom()).isEqualTo(last.nextOffsets());
    }

    @Test
    void tooManyOpenSamplesPushOutTheFirst() {
        for (int i = 0; i <= Assemblies.MOST_OPEN; i++) {
            send(parts("id" + i, 'f').getFirst());
        }
        read(0, log.size());
        assertThat(outcomes).containsExactly("id0 INCOMPLETE@0");
        for (int i = 0; i < 8; i++) {
            send(parts("id1", 'f').get(1));
        }
        read(Assemblies.MOST_OPEN + 1, log.size());
        assertThat(outcomes).as("a part that is there takes no room").hasSize(1);
    }

    @Test
    void partsThatAreNotWhatTheyAreSaidToBeAreRejectedAndTheIdStaysFree() {
        List<ProducerRecord<byte[], byte[]>> good = parts("A", 'f');
        send(good.get(0));
        byte[] other = good.get(1).value().clone();
        other[5] = 'y';
        send(new ProducerRecord<>(
                TOPICS.samples(), null, good.get(1).key(), other, good.get(1).headers()));
        send(good.get(2));
        send("A0 A1 A2");
        read(0, log.size());
        assertThat(outcomes).containsExactly("A INCOMPLETE@2", "A@5");
    }

    @ParameterizedTest
    @CsvSource({"3,3", "-1,3", "0,1", "x,3", "0,9999999999"})
    void partsThatCannotBeAreRejected(String index, String count) {
        ProducerRecord<byte[], byte[]> part = parts("A", 'f').getFirst();
        part.headers().remove("plimsoll_chunk").add("plimsoll_chunk", index.getBytes(UTF_8));
        part.headers().remove("plimsoll_chunks").add("plimsoll_chunks", count.getBytes(UTF_8));
        send(part);
        read(0, 1);
        assertThat(outcomes).containsExactly("A INCOMPLETE@0");
    }

    @Test
    void moreBytesThanASampleMayHaveAreRefusedWithTheFirstPart() {
        for (ProducerRecord<byte[], byte[]> part : parts("A", 'f')) {
            part.headers().remove("plimsoll_bytes");
            part.headers().add("plimsoll_bytes", "100000000".getBytes(UTF_8));
            send(part);
        }
        read(0, 3);
        assertThat(outcomes).containsExactly("A TOO_LARGE@0");
        assertThat(last.counts()).isEqualTo(new Counts(0, 1, 1));
    }

    /** Its first part rejects it: nothing of it is kept. */
    @Test
    void oneInPartsHasAsManyBytesAsTheSettingSaysAndNoMore() {
        int bytes = ("{\"text\":\"A\"}").length() + 2 * BIG;
        core = new IngestCore(TOPICS, PartsTest::tokenize, OptionalInt.empty(), bytes);
        send("A0 A1 A2");
        read(0, 3);
        assertThat(last.counts()).isEqualTo(new Counts(1, 0, 0));
        core = new IngestCore(TOPICS, PartsTest::tokenize, OptionalInt.empty(), bytes - 1);
        read(0, 3);
        assertThat(outcomes).containsExactly("A@2", "A TOO_LARGE@0");
        assertThat(last.counts()).isEqualTo(new Counts(0, 1, 1));
        assertThat(rejected(last.records().getFirst()).note()).contains("max-sample-bytes");
    }

    @Test
    void aLongSampleIsCutAndItsEndIsNotTrained() {
        core = new IngestCore(TOPICS, PartsTest::tokenize, OptionalInt.of(3));
        send(new ProducerRecord<>(
                TOPICS.samples(), "L".getBytes(UTF_8), "{\"text\":\"abcdefg\"}".getBytes(UTF_8)));
        send("S");
        read(0, 2);
        assertThat(last.counts()).isEqualTo(new Counts(2, 0, 0, 1, 0));
        TokenizedSample.Head head = ((Decoded.Ok<TokenizedSample.Head>)
                        TokenizedSample.decodeHead(asRead(last.records().getFirst())))
                .value();
        assertThat(head.cut()).isEqualTo(5);
        assertThat(head.sequence().tokens()).isEqualTo(3);
        assertThat(head.sequence().lossTokens()).isEqualTo(2);
    }

    @Test
    void ofWhichNothingTrainedIsLeftThatIsRejected() {
        core = new IngestCore(
                TOPICS,
                sample -> new TokenSequence(new int[4], new boolean[] {false, false, false, true}),
                OptionalInt.of(3));
        send("S");
        read(0, 1);
        assertThat(rejected(last.records().getFirst()).reason())
                .isEqualTo(RejectionReason.TOO_MANY_TOKENS);
    }
}
