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
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.SourceName;

import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/** A worker is capped and drained over a real broker, by two planners one after the other. */
class WorkerRequestsScenarioTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final long CARD = 1L << 30;

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

    private <F extends JournalRecord> Stream<F> facts(Class<F> kind) {
        return log.all(topics.journal(), Wire.JOURNAL).stream()
                .filter(kind::isInstance)
                .map(kind::cast);
    }

    @Test
    void aCapOutlivesThePlannerAndADrainedWorkerLeavesItsWorkToTheOther() {
        LastView view = new LastView();
        LastView later = new LastView();
        coordinator.planner(view);
        try (var zero = coordinator.shard(0);
                var one = coordinator.shard(1);
                var anna = new FakeWorker(clients, topics, "anna", 1000)) {
            await().atMost(PATIENCE)
                    .until(() -> facts(JournalRecord.WorkerReady.class).count() == 1);
            anna.tell(new MemoryMeasures(1, 1, 1, CARD, 0, CARD));
            await().atMost(PATIENCE)
                    .until(() -> facts(JournalRecord.MemoryLineChanged.class).count() == 1);
            ask(new Control.CapMemory("anna", CARD / 2, "cap", "test"));
            await().atMost(PATIENCE)
                    .until(() -> facts(JournalRecord.MemoryCapped.class).count() == 1);
            try (var second = coordinator.planner(later);
                    var bert = new FakeWorker(clients, topics, "bert", 1000)) {
                // only who knows of the cap takes it away
                ask(new Control.CapMemory("anna", 0, "off", "test"));
                await().atMost(PATIENCE)
                        .until(() -> facts(JournalRecord.MemoryCapped.class)
                                .anyMatch(fact -> fact.request().equals("off")));
                await().atMost(PATIENCE)
                        .until(() -> facts(JournalRecord.WorkerReady.class).count() == 2);
                ask(new Control.DrainWorker("anna", "drain", "test"));
                await().atMost(PATIENCE).until(anna::isGone);
                log.tokenized(SourceName.DEFAULT, 0, 12);
                ask(new Control.Finish("test"));
                await().atMost(PATIENCE).until(() -> later.get().status().finished());
                assertThat(anna.trained()).isZero();
                assertThat(bert.trained()).isPositive();
            }
        }
        assertThat(facts(JournalRecord.WorkerDraining.class))
                .singleElement()
                .satisfies(fact -> assertThat(fact.request()).isEqualTo(Optional.of("drain")));
        assertThat(facts(JournalRecord.WorkerLost.class))
                .anySatisfy(fact -> assertThat(fact.note()).isEqualTo("left: by test"));
    }
}
