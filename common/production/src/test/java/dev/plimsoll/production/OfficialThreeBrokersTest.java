package dev.plimsoll.production;

import static dev.plimsoll.production.TestAuthority.STORE_PASSWORD;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The same on three brokers of the official image, with TLS and certificates of the clients. */
@Tag("slow")
@EnabledIf(value = "hasDocker", disabledReason = "there is no Docker engine here")
class OfficialThreeBrokersTest extends ThreeBrokersScenario {

    private static final DockerImageName IMAGE = DockerImageName.parse("apache/kafka:4.1.1");

    static boolean hasDocker() {
        return DockerClientFactory.instance().isDockerAvailable();
    }

    @Override
    Cluster cluster(Path at) throws Exception {
        return new Containers(at);
    }

    private static final class Containers implements Cluster {
        private static final String VOTERS = String.join(
                ",",
                IntStream.range(0, BROKERS)
                        .mapToObj(i -> (i + 1) + "@broker-" + i + ":9093")
                        .toList());

        private final Network network = Network.newNetwork();
        private final List<GenericContainer<?>> brokers = new ArrayList<>();
        private final Map<String, String> client = new TreeMap<>();

        Containers(Path at) throws IOException, GeneralSecurityException {
            TestAuthority authority = new TestAuthority("authority");
            Path secrets = Files.createDirectory(at.resolve("secrets"));
            authority.issue("broker").pkcs12(secrets.resolve("broker.p12"));
            authority.truststore(secrets.resolve("authority.p12"));
            Files.writeString(secrets.resolve("password"), STORE_PASSWORD);
            List<Integer> ports = EmbeddedCluster.freePorts(BROKERS);
            for (int i = 0; i < BROKERS; i++) {
                brokers.add(broker(i, ports.get(i), secrets));
            }
            brokers.parallelStream().forEach(GenericContainer::start);
            client.put(
                    "bootstrap.servers",
                    ports.stream()
                            .map(port -> "localhost:" + port)
                            .collect(Collectors.joining(",")));
            client.put("security.protocol", "SSL");
            client.put("ssl.truststore.type", "PKCS12");
            client.put(
                    "ssl.truststore.location", secrets.resolve("authority.p12").toString());
            client.put("ssl.truststore.password", STORE_PASSWORD);
            client.put("ssl.keystore.type", "PKCS12");
            client.put(
                    "ssl.keystore.location",
                    authority.issue("client").pkcs12(at.resolve("client.p12")).toString());
            client.put("ssl.keystore.password", STORE_PASSWORD);
        }

        private GenericContainer<?> broker(int number, int port, Path secrets) {
            GenericContainer<?> broker = new GenericContainer<>(IMAGE)
                    .withNetwork(network)
                    .withNetworkAliases("broker-" + number)
                    .withFileSystemBind(
                            secrets.toString(), "/etc/kafka/secrets", BindMode.READ_ONLY)
                    .withEnv(settings(number, port))
                    .waitingFor(Wait.forLogMessage(".*Kafka Server started.*", 1)
                            .withStartupTimeout(Duration.ofMinutes(3)));
            broker.setPortBindings(List.of(port + ":9092"));
            return broker;
        }

        private static Map<String, String> settings(int number, int port) {
            Map<String, String> settings = new TreeMap<>();
            settings.put("CLUSTER_ID", "UGxpbXNvbGxFbWJlZGRlZA");
            settings.put("KAFKA_NODE_ID", Integer.toString(number + 1));
            settings.put("KAFKA_PROCESS_ROLES", "broker,controller");
            settings.put("KAFKA_CONTROLLER_QUORUM_VOTERS", VOTERS);
            settings.put("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER");
            settings.put("KAFKA_INTER_BROKER_LISTENER_NAME", "BROKER");
            settings.put("KAFKA_LISTENERS", "SSL://:9092,CONTROLLER://:9093,BROKER://:9094");
            settings.put(
                    "KAFKA_ADVERTISED_LISTENERS",
                    "SSL://localhost:" + port + ",BROKER://broker-" + number + ":9094");
            settings.put(
                    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
                    "SSL:SSL,CONTROLLER:PLAINTEXT,BROKER:PLAINTEXT");
            settings.put("KAFKA_SSL_KEYSTORE_TYPE", "PKCS12");
            settings.put("KAFKA_SSL_KEYSTORE_FILENAME", "broker.p12");
            settings.put("KAFKA_SSL_KEYSTORE_CREDENTIALS", "password");
            settings.put("KAFKA_SSL_KEY_CREDENTIALS", "password");
            settings.put("KAFKA_SSL_TRUSTSTORE_TYPE", "PKCS12");
            settings.put("KAFKA_SSL_TRUSTSTORE_FILENAME", "authority.p12");
            settings.put("KAFKA_SSL_TRUSTSTORE_CREDENTIALS", "password");
            settings.put("KAFKA_SSL_CLIENT_AUTH", "required");
            settings.put("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false");
            for (String topic : List.of("OFFSETS_TOPIC", "TRANSACTION_STATE_LOG")) {
                settings.put("KAFKA_" + topic + "_REPLICATION_FACTOR", "3");
            }
            settings.put("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "2");
            settings.put("KAFKA_MIN_INSYNC_REPLICAS", "2");
            return settings;
        }

        @Override
        public Map<String, String> client() {
            return client;
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
            at(broker)
                    .getDockerClient()
                    .startContainerCmd(at(broker).getContainerId())
                    .exec();
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

        private GenericContainer<?> at(int broker) {
            return brokers.get(broker);
        }

        @Override
        public void close() {
            brokers.forEach(GenericContainer::stop);
            network.close();
        }
    }
}
