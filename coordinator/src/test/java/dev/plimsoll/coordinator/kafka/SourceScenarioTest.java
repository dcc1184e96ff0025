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
import dev.plimsoll.wire.protocol.SourceMeasures;
import dev.plimsoll.wire.protocol.SourceStatus;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;

import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Sources are weighed, paused and removed over a real broker while their samples come. */
@Tag("slow")
class SourceScenarioTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());
    private final Coordinator coordinator =
            new Coordinator(clients, topics, TestRun.settings(topics.prefix()));
    private final RunLog log = new RunLog(clients, topics);
    private int requests;

    @BeforeEach
    void topics() {
        try (Admin admin = clients.admin("test-topics")) {
            TopicAdmin.ensure(admin, topics, 1, TestRun.SHARDS);
        }
    }

    private String ask(Control control) {
        try (var writer = clients.writer("test-writer")) {
            writer.send(Wire.CONTROL.toRecord(
                    topics.control(), 0, "k", control, "test", control.toString()));
        }
        return "r" + requests;
    }

    private String request() {
        return "r" + ++requests;
    }

    private List<JournalRecord> journal() {
        return log.all(topics.journal(), Wire.JOURNAL);
    }

    /** The request is in the journal. */
    private void awaitDone(String request) {
        await().atMost(PATIENCE)
                .until(() -> journal().stream()
                        .anyMatch(fact -> fact instanceof JournalRecord.SourceChanged changed
                                && changed.request().equals(request)));
    }

    private static SourceMeasures source(LastView view, String name) {
        return view.get().sources().get(name);
    }

    private static boolean waits(LastView view, String name, long samples) {
        return view.get() != null
                && view.get().sources().containsKey(name)
                && source(view, name).waiting() == samples;
    }

    @Test
    void eachSampleIsTrainedOnceOrRejectedWithItsSource() {
        LastView view = new LastView();
        LastView later = new LastView();
        ask(new Control.AddSource("a", 3, request(), "test"));
        ask(new Control.AddSource("b", 1, request(), "test"));
        var first = coordinator.planner(view);
        awaitDone(ask(new Control.PauseSource("b", request(), "test")));
        List<Long> ofB = log.tokenized("b", 0, 12);
        List<Long> ofA = log.tokenized("a", 12, 8);
        try (var zero = coordinator.shard(0);
                var one = coordinator.shard(1);
                var anna = new FakeWorker(clients, topics, "anna", 1000)) {
            // b came first, and waits
            await().atMost(PATIENCE).until(() -> view.version() == 2 && waits(view, "b", 12));
            assertThat(source(view, "a").trained()).isEqualTo(8);
            try (var second = coordinator.planner(later)) {
                // what the next planner knows of sources, it has from the journal
                ask(new Control.Finish("test"));
                await().atMost(PATIENCE)
                        .until(() -> waits(later, "b", 12)
                                && later.get().phase().contains("paused sources wait (b)"));
                assertThat(first.exitCode().join()).isIn(Coordinator.REPLACED);
                assertThat(later.get().status().finished()).isFalse();
                awaitDone(ask(new Control.PauseSource("a", request(), "test")));
                List<Long> moreOfA = log.tokenized("a", 20, 9);
                await().atMost(PATIENCE).until(() -> waits(later, "a", 9));
                awaitDone(ask(new Control.ResumeSource("a", request(), "test")));
                await().atMost(PATIENCE).until(() -> waits(later, "a", 0));
                ask(new Control.RemoveSource("b", request(), "test"));
                await().atMost(PATIENCE).until(() -> later.get().status().finished());
                assertThat(source(later, "a"))
                        .isEqualTo(new SourceMeasures(SourceStatus.ACTIVE, 3, 0, 17, 0));
                assertThat(source(later, "b"))
                        .isEqualTo(new SourceMeasures(SourceStatus.REMOVED, 1, 0, 0, 12));
                requireEnds(LongStream.concat(longs(ofA), longs(moreOfA)), ofB);
            }
        }
    }

    @Test
    void stepsHaveTheirSharesOfAStream() {
        LastView view = new LastView();
        ask(new Control.AddSource("a", 3, request(), "test"));
        ask(new Control.AddSource("b", 1, request(), "test"));
        ask(new Control.PauseSource("a", request(), "test"));
        try (var planner = coordinator.planner(view);
                var zero = coordinator.shard(0);
                var one = coordinator.shard(1)) {
            awaitDone(ask(new Control.PauseSource("b", request(), "test")));
            List<Long> ofB = log.tokenized("b", 0, 20);
            log.tokenized("a", 20, 20);
            await().atMost(PATIENCE).until(() -> waits(view, "a", 20) && waits(view, "b", 20));
            ask(new Control.Pause("test"));
            awaitDone(ask(new Control.ResumeSource("a", request(), "test")));
            awaitDone(ask(new Control.ResumeSource("b", request(), "test")));
            ask(new Control.Resume("test"));
            try (var anna = new FakeWorker(clients, topics, "anna", 1000)) {
                await().atMost(PATIENCE).until(() -> view.version() >= 6);
            }
            List<JournalRecord.StepOpened> steps = journal().stream()
                    .filter(JournalRecord.StepOpened.class::isInstance)
                    .map(JournalRecord.StepOpened.class::cast)
                    .limit(6)
                    .toList();
            assertThat(steps)
                    .allSatisfy(step -> assertThat(step.ordinals())
                            .filteredOn(ofB::contains)
                            .as("one of four is of b")
                            .hasSize(1));
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(IntStream.range(0, 4)
                                    .boxed()
                                    .flatMap(p -> log.all(topics.telemetry(), p).stream())
                                    .map(Wire.TELEMETRY::decode)
                                    .filter(is -> is.toString().contains("SourcesMeasured")))
                            .as("what the coordinator says of its sources with its beats")
                            .isNotEmpty());
        }
    }

    private static LongStream longs(List<Long> ordinals) {
        return ordinals.stream().mapToLong(Long::longValue);
    }

    private void requireEnds(LongStream trained, List<Long> rejected) {
        assertThat(log.manifests(0).stream()
                        .flatMap(manifest -> RunLog.ordinals(manifest).stream())
                        .sorted()
                        .toList())
                .isEqualTo(trained.boxed().sorted().toList());
        List<RejectedSample> out = log.all(topics.rejected(), Wire.REJECTED);
        assertThat(out).hasSameSizeAs(rejected).allSatisfy(sample -> {
            assertThat(sample.reason()).isEqualTo(RejectionReason.SOURCE_REMOVED);
            assertThat(sample.note()).contains("source b was removed");
        });
        assertThat(out.stream().map(RejectedSample::sampleId))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 12).mapToObj(i -> "s" + i).toList());
    }
}
