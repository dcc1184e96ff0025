package dev.plimsoll.coordinator.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.testkit.Brokers;
import dev.plimsoll.coordinator.testkit.TestRun;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.TopicAdmin;
import dev.plimsoll.wire.protocol.Telemetry;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;

class IncumbentWatchTest {

    private final Clients clients = Brokers.shared();
    private final Topics topics = new Topics(Brokers.newPrefix());

    /** Row 10 of the hostile records: its writer's clock was ahead, or it is no coordinator. */
    @Test
    @Timeout(600)
    void aBeatThatLiesInTheFutureIsWaitedForNoLongerThanAnother() throws Exception {
        try (Admin admin = clients.admin("watch-topics")) {
            TopicAdmin.ensure(admin, topics, 1, TestRun.SHARDS);
        }
        ProducerRecord<byte[], byte[]> beat = Wire.TELEMETRY.toRecord(
                topics.telemetry(),
                0,
                "coordinator",
                new Telemetry.CoordinatorBeat("run", "i", 1),
                "planner",
                "1");
        long ahead = System.currentTimeMillis() + Duration.ofMinutes(50).toMillis();
        try (var writer = clients.writer("watch-writer")) {
            writer.send(new ProducerRecord<>(
                            beat.topic(), 0, ahead, beat.key(), beat.value(), beat.headers()))
                    .get();
        }
        assertThat(new IncumbentWatch(clients, topics).find()).isEmpty();
    }
}
