package dev.plimsoll.coordinator.planner.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.audit.AuditCounts;
import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.audit.kafka.AuditReader;
import dev.plimsoll.coordinator.ingest.kafka.IngestSession;
import dev.plimsoll.coordinator.planner.driver.Replay;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.Coordinator;
import dev.plimsoll.coordinator.testkit.Coordinator.LastView;
import dev.plimsoll.coordinator.testkit.FakeWorker;
import dev.plimsoll.coordinator.testkit.OldRun;
import dev.plimsoll.coordinator.testkit.RunLog;
import dev.plimsoll.coordinator.testkit.TestSamples;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.WireCodec;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.sample.TokenizedSample;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What older code wrote is read, folded and carried on: a real run that was cut off. */
@Tag("slow")
class OldRunTest {

    private static final Topics TOPICS = OldRun.TOPICS;
    private static final Duration PATIENCE = Duration.ofSeconds(300);

    private final OldRun old = OldRun.read();

    @Test
    void everyRecordOfEveryTopicStillReads() {
        Map<String, WireCodec<?>> codecs = Map.of(
                TOPICS.rejected(), Wire.REJECTED,
                TOPICS.commands(), Wire.COMMANDS,
                TOPICS.reports(), Wire.REPORTS,
                TOPICS.telemetry(), Wire.TELEMETRY,
                TOPICS.journal(), Wire.JOURNAL,
                TOPICS.control(), Wire.CONTROL,
                TOPICS.steps(), Wire.STEPS,
                TOPICS.adapter(), Wire.SHARD_MANIFESTS);
        int read = 0;
        List<Decoded<?>> malformed = new ArrayList<>();
        for (OldRun.Partition partition : old.partitions()) {
            String topic = partition.partition().topic();
            if (topic.equals(TOPICS.samples()) || topic.equals(TOPICS.parked())) {
                continue; // written by submitters
            }
            for (ConsumerRecord<byte[], byte[]> record : partition.records()) {
                Decoded<?> decoded = topic.equals(TOPICS.tokenized())
                        ? TokenizedSample.decode(List.of(record))
                        : TensorChunk.isChunk(record)
                                ? TensorChunk.decode(record)
                                : codecs.get(topic).decode(record);
                read++;
                if (decoded instanceof Decoded.Malformed<?>) {
                    malformed.add(decoded);
                }
            }
        }
        assertThat(read).isEqualTo(4989);
        assertThat(malformed)
                .singleElement()
                .satisfies(bad -> assertThat(((Decoded.Malformed<?>) bad).where())
                        .isEqualTo(TOPICS.control() + "-0 at offset 4"));
    }

    @Test
    void theJournalFoldsToWhereTheRunWasCutOff() {
        List<JournalRecord> journal = journal();
        Replay replay = new Replay();
        int passedOver = 0;
        for (JournalRecord record : journal) {
            passedOver += replay.add(record).isPresent() ? 1 : 0;
        }
        assertThat(journal).hasSize(2483);
        assertThat(passedOver).as("its snapshot is of another state").isEqualTo(1);
        PlannerState whole = replay.folded().state();
        assertThat(whole.status().nextStep()).isEqualTo(26);
        assertThat(whole.versions().whole()).isEqualTo(26);
        assertThat(whole.status().version()).isEqualTo(26);
        assertThat(whole.open().orElseThrow().step()).isEqualTo(25);
        assertThat(whole.fleet().workers())
                .extracting(Worker::workerId)
                .containsExactly("anna", "carl");
        assertThat(whole.nextOffsets())
                .containsEntry("tokenized-0", 447L)
                .containsEntry("reports-1", 475L)
                .containsEntry("control-0", 5L);
    }

    private List<JournalRecord> journal() {
        return old.of(TOPICS.journal()).stream()
                .map(record -> ((Decoded.Ok<JournalRecord>) Wire.JOURNAL.decode(record)).value())
                .toList();
    }

    @Test
    void theRunIsCarriedOnToItsEndAndEachSampleIsTrainedOnce() {
        Clients clients = Brokers.shared();
        RunSettings run = ((JournalRecord.RunCreated) journal().getFirst()).run();
        old.restore(clients, run.fleet().shards());
        assertRestored(clients);
        Coordinator coordinator = new Coordinator(clients, TOPICS, run);
        LastView view = new LastView();
        try (SampleTokenizer tokenizer = TestSamples.tokenizer();
                var planner = coordinator.planner(view);
                var zero = coordinator.shard(0);
                var one = coordinator.shard(1);
                var ingest = IngestSession.open(
                        clients, TOPICS, sample -> tokenizer.tokenize(sample, 1000));
                var dora = new FakeWorker(clients, TOPICS, "dora", 1000, run)) {
            for (OldRun.Partition samples : partitionsOf(TOPICS.samples())) {
                int partition = samples.partition().partition();
                assertThat(ingest.assigned(Map.of(partition, 0L)))
                        .as("without the group's offset all is read again, for parts of samples")
                        .isEqualTo(Map.of(partition, 0L));
            }
            try (var writer = clients.writer("test-finish")) {
                writer.send(Wire.CONTROL.toRecord(
                        TOPICS.control(), 0, "k", new Control.Finish("test"), "test", "1"));
            }
            await().atMost(PATIENCE).until(() -> view.get().status().finished());
        }
        Verdict verdict = AuditReader.read(clients, TOPICS)
                .verdict(run.fleet().shards(), run.steps().epochs());
        assertThat(verdict.findings()).isEmpty();
        assertThat(verdict.clean()).isTrue();
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(440, 437, 3, 0, 0, 0));
    }

    private List<OldRun.Partition> partitionsOf(String topic) {
        return old.partitions().stream()
                .filter(partition -> partition.partition().topic().equals(topic))
                .toList();
    }

    private void assertRestored(Clients clients) {
        try (var reader = clients.reader("test-restored")) {
            for (OldRun.Partition partition : old.partitions()) {
                TopicPartition of = partition.partition();
                assertThat(reader.beginningOffsets(List.of(of)).get(of))
                        .isEqualTo(partition.beginning());
                assertThat(reader.endOffsets(List.of(of)).get(of))
                        .as("the end of %s", of)
                        .isEqualTo(partition.end());
                assertThat(new RunLog(clients, TOPICS).all(of.topic(), of.partition()))
                        .extracting(ConsumerRecord::offset)
                        .containsExactlyElementsOf(partition.records().stream()
                                .map(ConsumerRecord::offset)
                                .toList());
            }
        }
    }
}
