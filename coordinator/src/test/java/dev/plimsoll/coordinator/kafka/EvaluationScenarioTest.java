package dev.plimsoll.coordinator.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.Coordinator;
import dev.plimsoll.coordinator.testkit.Coordinator.LastView;
import dev.plimsoll.coordinator.testkit.FakeWorker;
import dev.plimsoll.coordinator.testkit.RunLog;
import dev.plimsoll.coordinator.testkit.TestRun;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.run.EvaluationSettings;

import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/**
 * A source is for evaluation, over a real broker; a worker dies in the middle of an evaluation, and
 * the coordinator is replaced.
 */
class EvaluationScenarioTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int SAMPLES = 24;

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());
    private final Coordinator coordinator = new Coordinator(
            clients, topics, TestRun.settings(topics.prefix(), new EvaluationSettings(2, 0, true)));
    private final RunLog log = new RunLog(clients, topics);

    private void ask(Control control) {
        try (var writer = clients.writer("test-writer")) {
            writer.send(Wire.CONTROL.toRecord(
                    topics.control(), 0, "k", control, "test", control.toString()));
        }
    }

    private List<JournalRecord> journal() {
        return log.all(topics.journal(), Wire.JOURNAL);
    }

    private boolean journalHas(Class<? extends JournalRecord> type) {
        return journal().stream().anyMatch(type::isInstance);
    }

    @Test
    void whatARunIsMeasuredWithIsNeverTrainedAndItsBestVersionIsKept() {
        try (Admin admin = clients.admin("test-topics")) {
            TopicAdmin.ensure(admin, topics, 1, TestRun.SHARDS);
        }
        LastView view = new LastView();
        LastView later = new LastView();
        ask(new Control.AddSource("held", 1, "r", "test", true));
        var first = coordinator.planner(view);
        await().atMost(PATIENCE).until(() -> journalHas(JournalRecord.SourceChanged.class));
        List<Long> held = log.tokenized("held", 0, SAMPLES);
        List<Long> trained = log.tokenized("default", SAMPLES, 16);
        try (var zero = coordinator.shard(0);
                var one = coordinator.shard(1)) {
            try (var anna = new FakeWorker(clients, topics, "anna", 1000)) {
                await().atMost(PATIENCE).until(() -> anna.evaluated() > 0);
                // she is gone without a word, wherever the evaluation is
            }
            try (var second = coordinator.planner(later);
                    var bela = new FakeWorker(clients, topics, "bela", 1000)) {
                ask(new Control.Finish("test"));
                await().atMost(PATIENCE)
                        .until(() -> later.get() != null && later.get().status().finished());
                assertThat(first.exitCode().join()).isIn(Coordinator.REPLACED);
                assertThat(bela.evaluated()).isPositive();
            }
        }
        List<EvaluationRecord> evaluations = log.all(topics.evaluations(), Wire.EVALUATIONS);
        assertThat(evaluations).extracting(EvaluationRecord::version).containsExactly(2L, 4L);
        assertThat(evaluations).allSatisfy(is -> {
            double expected = held.stream()
                            .mapToDouble(ordinal -> FakeWorker.loss(ordinal, is.version()))
                            .sum()
                    / SAMPLES;
            assertThat(is.loss()).isEqualTo(expected);
            assertThat(is.perplexity()).isEqualTo(Math.exp(expected));
            assertThat(is.best()).isTrue();
            assertThat(is.counts().samples()).isEqualTo(SAMPLES);
        });
        assertThat(log.manifests(0).stream()
                        .flatMap(manifest -> RunLog.ordinals(manifest).stream())
                        .sorted()
                        .toList())
                .isEqualTo(trained.stream().sorted().toList());
        assertThat(later.get().status().checkpoints()).containsEntry("best", 4L);
        assertThat(later.get().evaluated().best().version()).isEqualTo(4);
    }
}
