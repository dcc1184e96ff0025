package dev.plimsoll.production;

import io.strimzi.test.container.StrimziKafkaCluster;
import io.strimzi.test.container.StrimziKafkaContainer;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;
import org.testcontainers.DockerClientFactory;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The same on three brokers of Strimzi's test container. Docker gives a container that is started
 * again another port, so brokers are cut off in turn, and the last act kills one for good.
 */
@Tag("slow")
@EnabledIf(value = "hasDocker", disabledReason = "there is no Docker engine here")
class StrimziThreeBrokersTest extends ThreeBrokersScenario {

    static boolean hasDocker() {
        return DockerClientFactory.instance().isDockerAvailable();
    }

    @Override
    Cluster cluster(Path at) {
        return new Containers();
    }

    private static final class Containers implements Cluster {
        private final StrimziKafkaCluster cluster =
                new StrimziKafkaCluster.StrimziKafkaClusterBuilder()
                        .withNumberOfBrokers(BROKERS)
                        .withInternalTopicReplicationFactor(BROKERS)
                        .withAdditionalKafkaConfiguration(Map.of(
                                "auto.create.topics.enable", "false", "min.insync.replicas", "2"))
                        .withSharedNetwork()
                        .build();
        private final List<StrimziKafkaContainer> brokers;

        Containers() {
            cluster.start();
            brokers = cluster.getBrokers().stream()
                    .map(StrimziKafkaContainer.class::cast)
                    .toList();
        }

        @Override
        public Map<String, String> client() {
            return Map.of("bootstrap.servers", cluster.getBootstrapServers());
        }

        @Override
        public boolean startsAgain() {
            return false;
        }

        @Override
        public void kill(int broker) {
            at(broker)
                    .getDockerClient()
                    .killContainerCmd(at(broker).getContainerId())
                    .exec();
        }

        @Override
        public void start(int broker) {
            throw new UnsupportedOperationException("broker " + broker + " is gone for good");
        }

        @Override
        public void freeze(int broker) {
            at(broker)
                    .getDockerClient()
                    .pauseContainerCmd(at(broker).getContainerId())
                    .exec();
        }

        @Override
        public void thaw(int broker) {
            at(broker)
                    .getDockerClient()
                    .unpauseContainerCmd(at(broker).getContainerId())
                    .exec();
        }

        private StrimziKafkaContainer at(int broker) {
            return brokers.get(broker);
        }

        @Override
        public void close() {
            cluster.stop();
        }
    }
}
