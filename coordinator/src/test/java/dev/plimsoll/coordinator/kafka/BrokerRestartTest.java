package dev.plimsoll.coordinator.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.Coordinator;
import dev.plimsoll.coordinator.testkit.Coordinator.LastView;
import dev.plimsoll.coordinator.testkit.FakeWorker;
import dev.plimsoll.coordinator.testkit.RunLog;
import dev.plimsoll.coordinator.testkit.TestRun;
import dev.plimsoll.embedded.EmbeddedBroker;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;

import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A broker that goes away for a while stops the work and loses none of it. */
@Tag("slow")
class BrokerRestartTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    @Test
    void theRunCarriesOn() {
        EmbeddedBroker broker = EmbeddedBroker.start(directory);
        try {
            Clients clients = new Clients(broker.bootstrap());
            Topics topics = new Topics(Brokers.newPrefix());
            try (Admin admin = clients.admin("test-topics")) {
                TopicAdmin.ensure(admin, topics, 1, TestRun.SHARDS);
            }
            Coordinator coordinator =
                    new Coordinator(clients, topics, TestRun.settings(topics.prefix()));
            RunLog log = new RunLog(clients, topics);
            LastView view = new LastView();
            log.tokenized(0, 12);
            try (var planner = coordinator.planner(view);
                    var zero = coordinator.shard(0);
                    var one = coordinator.shard(1);
                    var anna = new FakeWorker(clients, topics, "anna", 3)) {
                await().atMost(PATIENCE).until(() -> anna.trained() == 3);
                broker = broker.restart();
                anna.release(1000);
                await().atMost(PATIENCE).until(() -> view.version() == 3);
                assertThat(planner.exitCode()).isNotDone();
            }
            assertThat(log.manifests(1).stream().flatMap(m -> RunLog.ordinals(m).stream()))
                    .hasSize(12)
                    .doesNotHaveDuplicates();
            assertThat(log.manifests(0))
                    .extracting(m -> m.version())
                    .isEqualTo(List.of(0L, 1L, 2L, 3L));
        } finally {
            broker.close();
        }
    }
}
