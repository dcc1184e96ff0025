package dev.plimsoll.coordinator.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.coordinator.ingest.IngestTransaction.Counts;
import dev.plimsoll.coordinator.ingest.channel.IngestChannel;
import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.RunLog;
import dev.plimsoll.coordinator.testkit.TestSamples;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.IngestOffsets;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.SubmittedSample;
import dev.plimsoll.wire.sample.TokenizedSample;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

class IngestSessionTest {

    private static final int MAX_TOKENS = 400;

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());
    private final RunLog log = new RunLog(clients, topics);
    private final SampleTokenizer tokenizer = TestSamples.tokenizer();
    private TestSamples samples;

    @BeforeEach
    void topics() {
        try (Admin admin = clients.admin("test-topics")) {
            TopicAdmin.ensure(admin, topics, 2, 1);
        }
        samples = new TestSamples(clients, topics);
    }

    @AfterEach
    void close() {
        samples.close();
        tokenizer.close();
    }

    private IngestSession open() {
        return IngestSession.open(
                clients, topics, sample -> tokenizer.tokenize(sample, MAX_TOKENS));
    }

    @Test
    void everySubmittedRecordIsTokenizedOrRejectedWithAReason() {
        samples.submit("good", "{\"prompt\":\"1+1=\",\"completion\":\"2\"}");
        samples.submit(null, "{\"id\":\"own\",\"text\":\"a text\"}");
        samples.submit(null, "{\"text\":\"no id\"}");
        samples.submit("empty", null);
        ProducerRecord<byte[], byte[]> broken =
                TestSamples.sample(topics, 0, "broken", "{\"text\": ");
        broken.headers().add("plimsoll_file", "train.jsonl".getBytes(UTF_8));
        broken.headers().add("plimsoll_line", "17".getBytes(UTF_8));
        samples.submit(List.of(broken));
        samples.submit("shape", "{\"foo\":1}");
        samples.submit("long", "{\"text\":\"" + "many words ".repeat(1000) + "\"}");
        samples.submit("huge", "{\"text\":\"" + "x".repeat(600_000) + "\"}");
        samples.submit("good", "{\"prompt\":\"1+1=\",\"completion\":\"3\"}");
        samples.submit("good", "{\"prompt\":\"1+1=\",\"completion\":\"2\"}");

        try (IngestSession session = open()) {
            assertThat(session.accept(samples.read(0, 0))).isEqualTo(new Counts(3, 6, 1));
        }

        List<TokenizedSample.Head> heads = heads();
        assertThat(heads)
                .extracting(TokenizedSample.Head::sampleId)
                .startsWith("good", "own")
                .hasSize(3);
        assertThat(heads.get(2).sampleId()).hasSize(32);
        assertThat(heads.get(0).origin()).isEqualTo(new SampleOrigin(0, 0));
        Map<String, RejectionReason> reasons = Map.of(
                "empty", RejectionReason.NOT_JSON,
                "broken", RejectionReason.NOT_JSON,
                "shape", RejectionReason.UNKNOWN_SHAPE,
                "long", RejectionReason.TOO_MANY_TOKENS,
                "huge", RejectionReason.TOO_MANY_TOKENS,
                "good", RejectionReason.ID_REUSED);
        List<RejectedSample> rejected = log.all(topics.rejected(), Wire.REJECTED);
        assertThat(rejected)
                .hasSize(6)
                .allSatisfy(r -> assertThat(r.reason()).isEqualTo(reasons.get(r.sampleId())));
        assertThat(rejected.get(1).source()).isEqualTo("train.jsonl:17");
        assertThat(rejected.get(4).content().recordPrefix()).hasSize(1024);
        assertThat(rejected.get(4).content().sha256()).hasSize(64);
    }

    @Test
    void aRestartRepeatsNothingAndLosesNothing() {
        List<ConsumerRecord<byte[], byte[]>> records = submitMixed(20);
        IngestSession first = open();
        first.accept(records.subList(0, 7));
        try (IngestSession second = open()) {
            assertThat(second.assigned(Map.of(0, 0L)))
                    .isEqualTo(Map.of(0, records.get(6).offset() + 1));
            // the channel may hand over what the first has dealt with: it is skipped
            Counts counts = second.accept(records.subList(3, 20));
            assertThat(counts.trained() + counts.rejected() + counts.repeated()).isEqualTo(13);
            // the first still believes that it owns the topics
            assertThatThrownBy(() -> first.accept(records.subList(7, 20)))
                    .isInstanceOfAny(
                            ProducerFencedException.class, InvalidProducerEpochException.class);
        }
        first.close();
        assertOnceEach(records);
    }

    @Test
    @Tag("slow")
    void withoutTheGroupsOffsetsTheWrittenRecordsSayHowFarItWas() throws Exception {
        List<ConsumerRecord<byte[], byte[]>> records = submitMixed(20);
        try (IngestSession first = open()) {
            first.accept(records);
        }
        try (Admin admin = clients.admin("test-admin")) {
            assertThat(IngestOffsets.read(admin, topics)).hasSize(1);
            admin.deleteConsumerGroupOffsets(
                            topics.ingestGroup(), Set.of(new TopicPartition(topics.samples(), 0)))
                    .all()
                    .get();
        }
        try (IngestSession second = open()) {
            // all is read again, since parts of samples might lie anywhere; the last record is a
            // repeat, which left no trace: it is a repeat again
            assertThat(second.assigned(Map.of(0, 0L))).isEqualTo(Map.of(0, 0L));
            assertThat(second.accept(records)).isEqualTo(new Counts(0, 0, 1));
        }
        assertOnceEach(records);
    }

    @Test
    void aFailedCommitEndsTheProcess() {
        List<ConsumerRecord<byte[], byte[]>> records = submitMixed(4);
        List<ExitCode> exits = new ArrayList<>();
        IngestChannel channel = new IngestChannel(
                (code, what, cause) -> exits.add(code), new SimpleMeterRegistry(), this::open);
        TopicPartition partition = new TopicPartition(topics.samples(), 0);
        channel.take(new ConsumerRecords<>(Map.of(partition, records.subList(0, 2)), Map.of()));
        assertThat(exits).isEmpty();
        open().close();
        assertThatThrownBy(() -> channel.take(
                        new ConsumerRecords<>(Map.of(partition, records.subList(2, 4)), Map.of())))
                .isInstanceOfAny(
                        ProducerFencedException.class, InvalidProducerEpochException.class);
        assertThat(exits).containsExactly(ExitCode.FENCED);
        channel.close();
        assertThat(heads().size() + log.all(topics.rejected(), 0).size()).isEqualTo(2);
    }

    @Test
    void aLookThatWaitsWhileAWriteFailsSaysNothingOfItsOwn() throws Exception {
        List<ConsumerRecord<byte[], byte[]>> records = submitMixed(4);
        try (IngestSession session = open()) {
            session.assigned(Map.of(0, 0L));
            CompletableFuture<Optional<String>> look = new CompletableFuture<>();
            Thread looker = Thread.ofPlatform().unstarted(() -> {
                try {
                    look.complete(session.look());
                } catch (RuntimeException e) {
                    look.completeExceptionally(e);
                }
            });
            RuntimeException[] failure = new RuntimeException[1];
            assertThatThrownBy(() -> session.accept(() -> {
                        looker.start();
                        await().until(() -> looker.getState() == Thread.State.BLOCKED);
                        open().close();
                        return records.iterator();
                    }))
                    .isInstanceOfAny(
                            ProducerFencedException.class, InvalidProducerEpochException.class)
                    .satisfies(e -> failure[0] = (RuntimeException) e);
            assertThat(look.get(20, TimeUnit.SECONDS)).isEmpty();
            session.renew();
            assertThat(session.look()).isEmpty();
            assertThatThrownBy(() -> session.accept(records)).isSameAs(failure[0]);
            assertThatThrownBy(() -> session.assigned(Map.of(0, 0L))).isSameAs(failure[0]);
        }
    }

    @Test
    void partitionsAreIndependent() {
        samples.submit(List.of(
                TestSamples.sample(topics, 0, "a", "{\"text\":\"a\"}"),
                TestSamples.sample(topics, 1, "b", "{\"text\":\"b\"}"),
                TestSamples.sample(topics, 1, "a", "{\"text\":\"other\"}")));
        try (IngestSession session = open()) {
            assertThat(session.accept(samples.read(0, 0))).isEqualTo(new Counts(1, 0, 0));
            assertThat(session.accept(samples.read(1, 0))).isEqualTo(new Counts(1, 1, 0));
        }
        try (IngestSession session = open()) {
            assertThat(session.assigned(Map.of(0, 0L, 1, 0L, 2, 0L)))
                    .isEqualTo(Map.of(0, 1L, 1, 2L, 2, 0L));
        }
    }

    /**
     * Kafka shows a reader nothing behind an open transaction, not even what others have committed
     * there.
     */
    @Test
    @Tag("slow")
    void aRestartKnowsRejectionsBehindAnotherWritersOpenTransaction() throws Exception {
        samples.submit(List.of(
                TestSamples.sample(topics, 0, "x", "broken"),
                TestSamples.sample(topics, 0, "x", "{\"text\":\"x\"}")));
        List<ConsumerRecord<byte[], byte[]>> records = samples.read(0, 0);
        try (Producer<byte[], byte[]> planner =
                        clients.transactionalWriter("test-planner", topics.prefix() + "-p");
                IngestSession first = open()) {
            planner.initTransactions();
            planner.beginTransaction();
            planner.send(new ProducerRecord<>(topics.rejected(), 0, null, new byte[1]))
                    .get();
            first.accept(records.subList(0, 1));
            CompletableFuture<IngestSession> opened =
                    CompletableFuture.supplyAsync(this::open, Thread.ofPlatform()::start);
            assertThatThrownBy(() -> opened.get(1, TimeUnit.SECONDS))
                    .isInstanceOf(TimeoutException.class);
            planner.abortTransaction();
            try (IngestSession second = opened.get(20, TimeUnit.SECONDS)) {
                assertThat(second.accept(records)).isEqualTo(new Counts(0, 1, 0));
            }
        }
        assertThat(heads()).isEmpty();
    }

    @Test
    void whatWasDeletedUnreadIsBookedAsLost() throws Exception {
        List<ConsumerRecord<byte[], byte[]>> records = submitMixed(5);
        long beginning = records.get(3).offset();
        TopicPartition partition = new TopicPartition(topics.samples(), 0);
        try (IngestSession first = open();
                Admin admin = clients.admin("test-admin")) {
            first.accept(records.subList(0, 1));
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(beginning)))
                    .all()
                    .get();
        }
        List<ExitCode> exits = new ArrayList<>();
        IngestChannel channel = new IngestChannel(
                (code, what, cause) -> exits.add(code), new SimpleMeterRegistry(), this::open);
        try (Consumer<byte[], byte[]> reader = clients.reader("test-channel")) {
            reader.assign(List.of(partition));
            channel.onPartitionsAssigned(reader, List.of(partition));
            assertThat(reader.position(partition)).isEqualTo(beginning);
            channel.onPartitionsAssigned(reader, List.of(partition));
        }
        channel.close();
        assertThat(exits).isEmpty();
        List<RejectedSample> rejected = log.all(topics.rejected(), Wire.REJECTED);
        assertThat(rejected).hasSize(1);
        assertThat(rejected.getFirst().reason()).isEqualTo(RejectionReason.DELETED_UNREAD);
        assertThat(rejected.getFirst().origin()).isEqualTo(new SampleOrigin(0, beginning - 1));
        try (Admin admin = clients.admin("test-admin")) {
            assertThat(IngestOffsets.read(admin, topics))
                    .isEqualTo(Map.of(partition, new IngestOffsets.Place(beginning, beginning)));
        }
    }

    @Test
    @Tag("slow")
    void aSampleInPartsIsPutTogetherAcrossARestart() {
        byte[] bytes = ("{\"id\":\"long\",\"text\":\"a text\",\"note\":\""
                        + "x".repeat(3 * SubmittedSample.CHUNK_BYTES) + "\"}")
                .getBytes(UTF_8);
        SubmittedSample.Place place = new SubmittedSample.Place("test", "long.jsonl", 1);
        samples.submit(
                new SubmittedSample("long", place, bytes, bytes.length, Checksums.sha256Hex(bytes))
                        .toRecords(topics.samples()).stream()
                                .map(part -> new ProducerRecord<>(
                                        part.topic(), 0, part.key(), part.value(), part.headers()))
                                .toList());
        List<ConsumerRecord<byte[], byte[]>> records = samples.read(0, 0);
        assertThat(records).hasSize(4);
        IngestSession first = open();
        assertThat(first.accept(records.subList(0, 2))).isEqualTo(Counts.NONE);
        first.close();
        try (IngestSession second = open()) {
            assertThat(second.assigned(Map.of(0, 0L)))
                    .isEqualTo(Map.of(0, records.getFirst().offset()));
            assertThat(second.accept(records)).isEqualTo(new Counts(1, 0, 0));
        }
        assertThat(heads()).hasSize(1);
        assertThat(heads().getFirst().origin())
                .isEqualTo(new SampleOrigin(0, records.getLast().offset()));
        assertThat(heads().getFirst().sha256()).isEqualTo(Checksums.sha256Hex(bytes));
    }

    /** Every seventh is broken; the last repeats the first. */
    private List<ConsumerRecord<byte[], byte[]>> submitMixed(int count) {
        samples.submit(IntStream.range(0, count)
                .map(i -> i == count - 1 ? 0 : i)
                .mapToObj(i -> TestSamples.sample(
                        topics,
                        0,
                        "s" + i,
                        i % 7 == 3 ? "broken " + i : "{\"text\":\"number " + i + "\"}"))
                .toList());
        return samples.read(0, 0);
    }

    private void assertOnceEach(List<ConsumerRecord<byte[], byte[]>> records) {
        List<String> ids = new ArrayList<>(
                heads().stream().map(TokenizedSample.Head::sampleId).toList());
        log.all(topics.rejected(), Wire.REJECTED).forEach(r -> ids.add(r.sampleId()));
        assertThat(ids)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(records.stream()
                        .map(r -> new String(r.key(), UTF_8))
                        .distinct()
                        .toList());
    }

    private List<TokenizedSample.Head> heads() {
        return log.all(topics.tokenized(), 0).stream()
                .map(r ->
                        ((Decoded.Ok<TokenizedSample.Head>) TokenizedSample.decodeHead(r)).value())
                .toList();
    }
}
