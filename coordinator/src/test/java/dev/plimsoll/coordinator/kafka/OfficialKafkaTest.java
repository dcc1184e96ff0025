package dev.plimsoll.coordinator.kafka;

import dev.plimsoll.wire.kafka.Clients;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;

/** The same scenarios on the official image: the embedded broker must not be what makes it pass. */
@EnabledIf(value = "hasDocker", disabledReason = "there is no Docker engine here")
class OfficialKafkaTest extends RunScenarioTest {

    private static final String IMAGE = "apache/kafka:4.1.1";

    private static KafkaContainer kafka;

    static boolean hasDocker() {
        return DockerClientFactory.instance().isDockerAvailable();
    }

    @BeforeAll
    static void start() {
        kafka = new KafkaContainer(IMAGE);
        kafka.start();
    }

    @AfterAll
    static void stop() {
        kafka.stop();
    }

    @Override
    Clients clients() {
        return new Clients(kafka.getBootstrapServers());
    }
}
