package dev.plimsoll.coordinator.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.Coordinator;
import dev.plimsoll.coordinator.testkit.Coordinator.LastView;
import dev.plimsoll.coordinator.testkit.ExpectedAdapter;
import dev.plimsoll.coordinator.testkit.FakeWorker;
import dev.plimsoll.coordinator.testkit.RunLog;
import dev.plimsoll.coordinator.testkit.TestRun;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.tensor.ShardManifest;

import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A checkpoint and a rollback over a real broker, with everybody dying on the way: the result is
 * that of who never strayed.
 */
@Tag("slow")
class RollbackScenarioTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());
    private final Coordinator coordinator =
            new Coordinator(clients, topics, TestRun.settings(topics.prefix()));
    private final RunLog log = new RunLog(clients, topics);

    @BeforeEach
    void topics() {
        try (Admin admin = clients.admin("test-topics")) {
            TopicAdmin.ensure(admin, topics, 1, TestRun.SHARDS);
        }
    }

    private void ask(Control control) {
        try (var writer = clients.writer("test-writer")) {
            writer.send(Wire.CONTROL.toRecord(
                    topics.control(), 0, "k", control, "test", control.toString()));
        }
    }

    private boolean isJournaled(Class<? extends JournalRecord> fact) {
        return log.all(topics.journal(), Wire.JOURNAL).stream().anyMatch(fact::isInstance);
    }

    private boolean isReported(Report report) {
        return log.all(topics.reports(), 0).stream()
                .anyMatch(record -> Wire.REPORTS.decode(record).equals(new Decoded.Ok<>(report)));
    }

    @Test
    void trainsOnFromTheCheckpointAsIfNothingHadBeenSince() {
        List<Long> ordinals = log.tokenized(0, 8);
        LastView view = new LastView();
        LastView later = new LastView();
        var first = coordinator.planner(view);
        var zero = coordinator.shard(0);
        var one = coordinator.shard(1);
        try (var anna = new FakeWorker(clients, topics, "anna", 1000)) {
            await().atMost(PATIENCE).until(() -> view.version() == 2);
            ask(new Control.Checkpoint("c", "r-1", "test"));
            await().atMost(PATIENCE).until(() -> isJournaled(JournalRecord.CheckpointTaken.class));
            List<Long> more = log.tokenized(8, 8);
            await().atMost(PATIENCE).until(() -> view.version() == 4);
            one.close();
            ask(new Control.Rollback("c", "r-2", "test"));
            await().atMost(PATIENCE)
                    .until(() -> isReported(new Report.CheckpointRestored(0, "c", 5)));
            // half restored: a new planner, and then the missing shard's next owner, carry on
            try (var second = coordinator.planner(later);
                    var newOne = coordinator.shard(1)) {
                await().atMost(PATIENCE).until(() -> later.version() == 7);
                assertThat(first.exitCode().join()).isIn(Coordinator.REPLACED);
                zero.close();
                try (var newZero = coordinator.shard(0)) {
                    List<Long> last = log.tokenized(16, 4);
                    await().atMost(PATIENCE).until(() -> later.version() == 8 && log.isSaved(8));
                    List<List<Long>> steps = List.of(
                            ordinals.subList(0, 4),
                            ordinals.subList(4, 8),
                            more.subList(0, 4),
                            more.subList(4, 8),
                            last);
                    assertThat(ExpectedAdapter.distance(
                                    ExpectedAdapter.after(steps), log.adapter()))
                            .as("with the moments and Adam's t of the checkpoint")
                            .isLessThan(2e-6);
                }
            }
        }
        ShardManifest restored = log.manifests(1).get(5);
        assertThat(restored.restored()).isEqualTo(Optional.of(new ShardManifest.Restored("c", 2)));
        assertThat(restored.digest()).isEqualTo(log.manifests(1).get(2).digest());
    }
}
