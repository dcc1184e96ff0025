package dev.plimsoll.coordinator.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.coordinator.ingest.kafka.IngestSession;
import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.Coordinator;
import dev.plimsoll.coordinator.testkit.Coordinator.LastView;
import dev.plimsoll.coordinator.testkit.TestRun;
import dev.plimsoll.coordinator.testkit.TestSamples;
import dev.plimsoll.model.text.SampleTokenizer;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.WorkerDevice;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Figures for the README, with bounds that only a mistake would miss. */
@Tag("slow")
class RatesTest {

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());

    @BeforeEach
    void topics() {
        try (Admin admin = clients.admin("test-topics")) {
            TopicAdmin.ensure(admin, topics, 1, TestRun.SHARDS);
        }
    }

    @Test
    void ingestKeepsUpWithThousandsOfSamples() {
        int count = 5_000;
        try (TestSamples samples = new TestSamples(clients, topics);
                SampleTokenizer tokenizer = TestSamples.tokenizer();
                IngestSession session = IngestSession.open(
                        clients, topics, sample -> tokenizer.tokenize(sample, 8192))) {
            String signature = "public java.util.List<E> subList(int fromIndex, int toIndex);\\n";
            samples.submit(IntStream.range(0, count)
                    .mapToObj(i -> TestSamples.sample(
                            topics,
                            0,
                            null,
                            "{\"prompt\":\"Declare the public methods of type " + i
                                    + ".\\n\",\"completion\":\"" + signature.repeat(5 + i % 10)
                                    + "\"}"))
                    .toList());
            List<ConsumerRecord<byte[], byte[]>> records = samples.read(0, 0);
            long start = System.nanoTime();
            long cpuStart = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            for (int from = 0; from < count; from += 500) {
                session.accept(records.subList(from, from + 500));
            }
            double perSecond = count / ((System.nanoTime() - start) / 1e9);
            double cpuSeconds =
                    (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpuStart)
                            / 1e9;
            System.out.printf(
                    "ingest: %.0f samples/s of about 600 bytes; %.0f a second of its thread's "
                            + "processor time%n",
                    perSecond, count / cpuSeconds);
            assertThat(perSecond).isGreaterThan(300);
        }
    }

    @Test
    void aDecisionFollowsItsReportWithinMilliseconds() {
        LastView view = new LastView();
        try (var planner = new Coordinator(clients, topics, TestRun.settings(topics.prefix()))
                        .planner(view);
                var writer = clients.writer("test-reports");
                var reader = clients.reader("test-commands")) {
            TopicPartition lane = new TopicPartition(topics.commands(), 0);
            reader.assign(List.of(lane));
            reader.seekToEnd(List.of(lane));
            reader.position(lane);
            await().until(() -> view.get() != null);
            List<Long> micros = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                Report joined = new Report.Joined(
                        "w" + i,
                        "incarnation",
                        TestRun.MODEL_HASH,
                        new WorkerDevice("cpu", "test", "fp32", 0));
                long start = System.nanoTime();
                writer.send(Wire.REPORTS.toRecord(
                        topics.reports(), 0, "w" + i, joined, "test", "j" + i));
                while (reader.poll(Duration.ofMillis(100)).isEmpty()) {
                    assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
                }
                micros.add((System.nanoTime() - start) / 1_000);
            }
            List<Long> sorted = micros.subList(100, 300).stream().sorted().toList();
            System.out.printf(
                    "report sent to command received: p50 %.1f ms, p90 %.1f ms%n",
                    sorted.get(100) / 1e3, sorted.get(180) / 1e3);
            assertThat(sorted.get(100)).isLessThan(50_000L);
        }
    }
}
