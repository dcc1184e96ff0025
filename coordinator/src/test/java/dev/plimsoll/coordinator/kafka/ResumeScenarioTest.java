package dev.plimsoll.coordinator.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.coordinator.parameters.FirstVersion;
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
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.RunStart;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.StateAssembly;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A training goes on in a run of its own, under another prefix, from the state that the first one
 * wrote: two steps here and two there are four.
 */
class ResumeScenarioTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final ShardLayout LAYOUT = new ShardLayout(TestRun.PARAMETERS, TestRun.SHARDS);

    private final Clients clients = Brokers.shared();

    @Test
    void movesToAnotherRunAsIfItHadStayed() {
        Topics first = topics();
        RunLog log = new RunLog(clients, first);
        List<Long> ordinals = log.tokenized(0, 8);
        Coordinator here = new Coordinator(clients, first, TestRun.settings(first.prefix()));
        LastView view = new LastView();
        try (var planner = here.planner(view);
                var zero = here.shard(0);
                var one = here.shard(1);
                var anna = new FakeWorker(clients, first, "anna", 1000)) {
            await().atMost(PATIENCE).until(() -> view.version() == 2 && log.isSaved(2));
        }
        StateAssembly.State state = state(log, first);
        assertThat(state.version()).isEqualTo(2);

        Topics second = topics();
        RunLog later = new RunLog(clients, second);
        List<Long> more = later.tokenized(0, 8);
        Coordinator there = new Coordinator(
                clients,
                second,
                startingWith(TestRun.settings(second.prefix()), new RunStart("hash", 2, 2)));
        FirstVersion version = new FirstVersion(
                state.master(),
                Optional.of(new FirstVersion.Moments(state.firstMoment(), state.secondMoment())),
                2);
        LastView laterView = new LastView();
        try (var planner = there.planner(laterView);
                var zero = there.shard(0, version);
                var bert = new FakeWorker(clients, second, "bert", 1000)) {
            try (var one = there.shard(1, version)) {
                await().atMost(PATIENCE).until(() -> laterView.version() == 1);
            }
            // the shard's next owner reads what the first has written, and not the start
            try (var one = there.shard(1, FirstVersion.untrained(new float[0]))) {
                await().atMost(PATIENCE).until(() -> laterView.version() == 2 && later.isSaved(2));
            }
        }
        List<List<Long>> steps = List.of(
                ordinals.subList(0, 4),
                ordinals.subList(4, 8),
                more.subList(0, 4),
                more.subList(4, 8));
        assertThat(ExpectedAdapter.distance(ExpectedAdapter.after(steps), later.adapter()))
                .as("with the moments, Adam's t and the place in the warm-up")
                .isLessThan(2e-6);
        assertThat(updates(later, second)).containsExactly(3L, 4L);
    }

    private Topics topics() {
        Topics topics = new Topics(Brokers.newPrefix());
        try (Admin admin = clients.admin("test-topics")) {
            TopicAdmin.ensure(admin, topics, 1, TestRun.SHARDS);
        }
        return topics;
    }

    private static RunSettings startingWith(RunSettings run, RunStart start) {
        return new RunSettings(
                run.runId(),
                run.model(),
                run.lora(),
                run.steps(),
                run.optimizer(),
                run.fleet(),
                run.fold(),
                start);
    }

    private static List<Long> updates(RunLog log, Topics topics) {
        return log.all(topics.journal(), Wire.JOURNAL).stream()
                .filter(JournalRecord.StepCommitted.class::isInstance)
                .map(fact -> ((JournalRecord.StepCommitted) fact).update())
                .toList();
    }

    private static StateAssembly.State state(RunLog log, Topics topics) {
        StateAssembly assembly = new StateAssembly(LAYOUT, 1);
        for (String topic : List.of(topics.adapter(), topics.optimizer())) {
            for (int shard = 0; shard < TestRun.SHARDS; shard++) {
                log.all(topic, shard).forEach(record -> add(assembly, record));
            }
        }
        return assembly.take(assembly.newestWhole().orElseThrow());
    }

    private static void add(StateAssembly assembly, ConsumerRecord<byte[], byte[]> record) {
        if (TensorChunk.isChunk(record)) {
            assembly.add(((Decoded.Ok<TensorChunk>) TensorChunk.decode(record)).value());
        } else if (Wire.SHARD_MANIFESTS.decode(record)
                instanceof Decoded.Ok<ShardManifest>(var manifest)) {
            assembly.add(manifest);
        }
    }
}
