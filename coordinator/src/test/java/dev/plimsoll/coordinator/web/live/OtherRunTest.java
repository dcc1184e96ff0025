package dev.plimsoll.coordinator.web.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.TestRun;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.codec.WireCodec;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

/** A run is read from its topics alone, by another run's process. */
class OtherRunTest {

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());

    private static <T> void send(
            Producer<byte[], byte[]> writer, String topic, WireCodec<T> codec, T value)
            throws Exception {
        writer.send(codec.toRecord(topic, 0, "k", value, "test", value.toString()))
                .get();
    }

    private static StepRecord step(long step, long version, double loss) {
        return new StepRecord(
                step,
                version,
                loss,
                new StepRecord.StepCounts(900, 700, 8, 2, 1),
                new StepRecord.StepRates(1.5, 2e-4, 812, 1108.4),
                List.of("a note"));
    }

    @Test
    @Tag("slow")
    void itsStepsEvaluationsRollbacksAndItsEndAreInItsTopics() throws Exception {
        try (Admin admin = clients.admin("test-topics")) {
            TopicAdmin.ensure(admin, topics, 1, TestRun.SHARDS);
        }
        assertThat(OtherRun.read(clients, topics)).as("no run is created yet").isEmpty();
        try (var writer = clients.writer("test-writer")) {
            for (JournalRecord fact : List.of(
                    new JournalRecord.RunCreated(TestRun.settings(topics.prefix())),
                    new JournalRecord.EvaluationClosed(1, 1.5, 4.5, 700, 2, true),
                    new JournalRecord.RolledBack("c", 1, 4))) {
                send(writer, topics.journal(), Wire.JOURNAL, fact);
            }
            send(writer, topics.steps(), Wire.STEPS, step(0, 1, 2.5));
            send(writer, topics.steps(), Wire.STEPS, step(1, 2, 2.25));
        }
        OtherRun run = OtherRun.read(clients, topics).orElseThrow();
        assertThat(run.steps().loss()).containsExactly(2.5, 2.25);
        assertThat(run.evaluations())
                .singleElement()
                .satisfies(is -> assertThat(is.loss()).isEqualTo(1.5));
        assertThat(run.rollbacks()).hasSize(1);
        assertThat(run.finished()).isNull();
        assertThat(Json.mapper().writeValueAsString(run)).contains("\"finished\":null");
        try (var writer = clients.writer("test-writer")) {
            send(
                    writer,
                    topics.journal(),
                    Wire.JOURNAL,
                    new JournalRecord.RunFinished("2 steps are done"));
        }
        assertThat(OtherRun.read(clients, topics).orElseThrow().finished())
                .isEqualTo("2 steps are done");
    }

    @Test
    void aRunHasAJournalAndStepsAndIsNotOurs() {
        assertThat(OtherRunsResource.among(
                        Set.of(
                                "b.journal",
                                "b.steps",
                                "a.x.journal",
                                "a.x.steps",
                                "own.journal",
                                "own.steps",
                                "half.journal",
                                "my.journals",
                                ".journal",
                                "x".repeat(101) + ".journal"),
                        "own"))
                .containsExactly("a.x", "b");
    }
}
