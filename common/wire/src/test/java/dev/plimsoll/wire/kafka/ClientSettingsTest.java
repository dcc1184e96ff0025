package dev.plimsoll.wire.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.SettingProblem;
import dev.plimsoll.wire.settings.SettingValues;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

class ClientSettingsTest {

    @TempDir
    Path directory;

    private static Clients clients(
            Map<String, String> settings,
            Map<String, String> kafka,
            Map<String, String> variables) {
        return ClientSettings.require(
                SettingValues.read(Catalogue.CLIENT, settings, variables), kafka, variables);
    }

    @Test
    void theCommandLineComesBeforeTheEnvironmentAndTheFile() throws IOException {
        Path file = Files.writeString(
                directory.resolve("client.properties"),
                "bootstrap.servers=f:1\nsecurity.protocol=SSL\nclient.rack=f\nclient.dns.lookup=f\n");
        Map<String, String> variables = Map.of(
                "PLIMSOLL_KAFKA_CONFIG", file.toString(),
                "PLIMSOLL_KAFKA_SECURITY_PROTOCOL", "SASL_SSL",
                "PLIMSOLL_KAFKA_CLIENT_RACK", "e");
        assertThat(clients(Map.of(), Map.of("client.rack", "c"), variables))
                .isEqualTo(new Clients(
                        "f:1",
                        Map.of(
                                "security.protocol", "SASL_SSL",
                                "client.rack", "c",
                                "client.dns.lookup", "f")));
        assertThat(clients(Map.of("bootstrap", "b:1"), Map.of(), variables).bootstrap())
                .isEqualTo("b:1");
    }

    /** Every place where the broker may be named, the first of those that are given holds. */
    @Test
    void theBrokerIsThatOfTheFirstSource() throws IOException {
        Path kafkaFile =
                Files.writeString(directory.resolve("k.properties"), "bootstrap.servers=k:7\n");
        Path file = directory.resolve("run.yaml");
        Map<String, String> settings = new HashMap<>(Map.of("bootstrap", "a:1"));
        settings.put("config", file.toString());
        settings.put("kafka-config", kafkaFile.toString());
        Files.writeString(file, "bootstrap: f:6\n");
        Map<String, String> kafka = new HashMap<>(Map.of("bootstrap.servers", "b:2"));
        Map<String, String> variables = new HashMap<>(Map.of(
                "PLIMSOLL_BOOTSTRAP", "c:3",
                "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS", "d:4",
                "KAFKA_BOOTSTRAP_SERVERS", "e:5"));
        assertThat(clients(settings, kafka, variables).bootstrap()).isEqualTo("a:1");
        settings.remove("bootstrap");
        assertThat(clients(settings, kafka, variables).bootstrap()).isEqualTo("b:2");
        kafka.clear();
        assertThat(clients(settings, kafka, variables).bootstrap()).isEqualTo("c:3");
        variables.remove("PLIMSOLL_BOOTSTRAP");
        assertThat(clients(settings, kafka, variables).bootstrap()).isEqualTo("d:4");
        variables.remove("PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS");
        assertThat(clients(settings, kafka, variables).bootstrap()).isEqualTo("e:5");
        variables.put("KAFKA_BOOTSTRAP_SERVERS", " ");
        assertThat(clients(settings, kafka, variables).bootstrap()).isEqualTo("f:6");
        Files.writeString(file, "prefix: p\n");
        assertThat(clients(settings, kafka, variables)).isEqualTo(new Clients("k:7", Map.of()));
    }

    @Test
    void anotherProcessReadsTheSameFromItsEnvironment() {
        Map<String, String> kafka =
                Map.of("security.protocol", "SSL", "sasl.jaas.config", "a b=\"c\";");
        Map<String, String> variables = new HashMap<>(ClientSettings.variables(kafka));
        assertThat(clients(Map.of("bootstrap", "b:1"), Map.of(), variables).extra())
                .isEqualTo(kafka);
    }

    @Test
    void aLogLineShowsNoPassword() {
        assertThat(new Clients("b:1", Map.of("ssl.key.password", "secret")))
                .hasToString("clients of b:1");
    }

    @Test
    void withoutABrokerOrWithAFileThatIsNotThere() {
        assertThatThrownBy(() -> clients(Map.of(), Map.of(), Map.of()))
                .isInstanceOfSatisfying(
                        SettingProblem.class,
                        e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE));
        assertThatThrownBy(() -> clients(Map.of("kafka-config", "/no/such"), Map.of(), Map.of()))
                .hasMessageContaining("kafka-config is '/no/such', which cannot be read");
    }

    @Test
    void whatTheClientItselfCannotReadIsNamedWithoutSecrets() {
        assertThatThrownBy(() -> new Clients("localhost:1", Map.of("security.protocol", "FOO"))
                        .requireReachable(java.time.Duration.ofSeconds(5)))
                .isInstanceOf(BrokerProblem.class)
                .hasMessageContaining("the Kafka client settings cannot be used")
                .hasMessageContaining("security.protocol")
                .hasMessageContaining("FOO");
        assertThatThrownBy(() -> new Clients(
                                "localhost:1",
                                Map.of(
                                        "security.protocol", "SASL_PLAINTEXT",
                                        "sasl.mechanism", "SCRAM-SHA-512",
                                        "sasl.jaas.config", "nonsense with secret"))
                        .requireReachable(java.time.Duration.ofSeconds(5)))
                .isInstanceOf(BrokerProblem.class)
                .hasMessageContaining("the Kafka client settings cannot be used")
                .message()
                .doesNotContain("secret");
    }
}
