package dev.plimsoll.coordinator.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.audit.AuditCounts;
import dev.plimsoll.audit.AuditLedger;
import dev.plimsoll.audit.kafka.AuditReader;
import dev.plimsoll.coordinator.ingest.IngestTransaction.Counts;
import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.TestRun;
import dev.plimsoll.coordinator.testkit.TestSamples;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.sample.SubmittedSample;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.List;

/** Ingest and audit believe the same of what a record says of its content. */
@Tag("slow")
class AnnouncedHashTest {

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());

    private ProducerRecord<byte[], byte[]> record(String id, int length, String... headers) {
        String text = "{\"text\":\"" + "a ".repeat(length) + "\"}";
        ProducerRecord<byte[], byte[]> record = TestSamples.sample(topics, 0, id, text);
        for (int i = 0; i < headers.length; i += 2) {
            record.headers().add(headers[i], headers[i + 1].getBytes(UTF_8));
        }
        return record;
    }

    @Test
    void aHashThatAWholeRecordNamesIsBelievedByNobody() throws Exception {
        try (Admin admin = clients.admin("test-topics")) {
            TopicAdmin.ensure(admin, topics, 1, 1);
        }
        try (var writer = clients.writer("test-journal")) {
            JournalRecord created = new JournalRecord.RunCreated(TestRun.settings("run"));
            writer.send(Wire.JOURNAL.toRecord(topics.journal(), 0, "run", created, "planner", "1"))
                    .get();
        }
        String zeros = "0".repeat(64);
        try (TestSamples samples = new TestSamples(clients, topics);
                var tokenizer = TestSamples.tokenizer();
                IngestSession session = IngestSession.open(
                        clients, topics, sample -> tokenizer.tokenize(sample, 400))) {
            samples.submit(List.of(
                    record("whole", 1, SubmittedSample.SHA256, zeros),
                    record(
                            "no length",
                            2,
                            SubmittedSample.SHA256,
                            zeros,
                            SubmittedSample.OVERSIZE,
                            "many"),
                    record(
                            "beginning",
                            3,
                            SubmittedSample.SHA256,
                            "ab".repeat(32),
                            SubmittedSample.OVERSIZE,
                            "600000000")));
            assertThat(session.accept(samples.read(0, 0))).isEqualTo(new Counts(2, 1, 0));
        }
        AuditLedger.Verdict verdict = AuditReader.read(clients, topics).verdict(TestRun.SHARDS);
        assertThat(verdict.findings()).isEmpty();
        assertThat(verdict.counts()).isEqualTo(new AuditCounts(3, 0, 1, 2, 0, 0));
    }
}
