package dev.plimsoll.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.audit.AuditCounts;
import dev.plimsoll.cli.samples.Rejections;
import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;

/** The demo says why samples were rejected: on the screen, and in its report. */
class DemoRejectionsTest {

    private static final Topics TOPICS = new Topics("demo-rejections");

    @Test
    void eachReasonIsToldWithItsFirstSample(@TempDir Path directory) throws Exception {
        Rejections rejected;
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("kafka"))) {
            Clients clients = new Clients(broker.bootstrap());
            try (Admin admin = clients.admin("test");
                    Producer<byte[], byte[]> producer = clients.writer("test")) {
                TopicAdmin.ensure(admin, TOPICS, 1, 1);
                send(producer, 2, RejectionReason.BAD_FIELD, "field text is a list; give a string");
                send(producer, 5, RejectionReason.NOT_JSON, "it is empty; write one JSON object");
                send(producer, 7, RejectionReason.BAD_FIELD, "field id is a list; leave it out");
                producer.flush();
            }
            rejected = DemoRun.rejected(clients, TOPICS);
        }

        assertThat(rejected.lines())
                .containsExactly(
                        "1 rejected as NOT_JSON: d.jsonl:5: it is empty; write one JSON object",
                        "2 rejected as BAD_FIELD, the first: d.jsonl:2: field text is a list; give"
                                + " a string");
        Path file = directory.resolve("report.json");
        DemoReport.file(file).write(report(rejected));
        JsonNode told = Json.mapper().readTree(file.toFile()).path("rejected");
        assertThat(told).hasSize(2);
        assertThat(told.get(1).path("reason").asText()).isEqualTo("BAD_FIELD");
        assertThat(told.get(1).path("count").asInt()).isEqualTo(2);
        assertThat(told.get(1).path("first").asText()).isEqualTo("d.jsonl:2");
        assertThat(told.get(1).path("note").asText())
                .isEqualTo("field text is a list; give a string");
    }

    private static void send(
            Producer<byte[], byte[]> producer, int line, RejectionReason reason, String note) {
        String id = "id" + line;
        RejectedSample sample = new RejectedSample(
                id,
                new SampleOrigin(0, line),
                "d.jsonl:" + line,
                reason,
                note,
                new RejectedSample.Content("", ""));
        producer.send(Wire.REJECTED.toRecord(TOPICS.rejected(), 0, id, sample, "ingest", id));
    }

    private static DemoReport report(Rejections rejected) {
        return new DemoReport(
                "clean",
                "adapter",
                List.of(),
                List.of(),
                new DemoReport.HeldOut(2, 1, 1),
                new AuditCounts(3, 0, 3, 0, 0, 0, 0),
                rejected.list(),
                List.of(),
                new TreeMap<>(),
                new TreeMap<>());
    }
}
