package dev.plimsoll.wire.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.SettingProblem;
import dev.plimsoll.wire.settings.SettingValues;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

class SettingReferencesTest {

    @TempDir
    Path directory;

    @Test
    void valuesAreReadWhereTheyLie() throws Exception {
        Files.writeString(directory.resolve("tls.key"), "a key\nof two lines\n");
        Path file = Files.writeString(directory.resolve("secret.properties"), "password=${x}y\n");
        assertThat(SettingReferences.resolved(Map.of(
                        "security.protocol", "SSL",
                        "ssl.keystore.key", "${dir:" + directory + ":tls.key}",
                        "ssl.key.password", "${file:" + file + ":password}")))
                .isEqualTo(Map.of(
                        "security.protocol", "SSL",
                        "ssl.keystore.key", "a key\nof two lines\n",
                        "ssl.key.password", "${x}y"));
    }

    @Test
    void whatIsNoReferenceStaysAsItIs() {
        Map<String, String> settings = Map.of("ssl.key.password", "a${b}c${d:e}");
        assertThat(SettingReferences.resolved(settings)).isEqualTo(settings);
    }

    @Test
    void aReferenceToNothingIsNamed() throws Exception {
        assertThatThrownBy(() -> SettingReferences.resolved(
                        Map.of("ssl.keystore.key", "${dir:" + directory + ":none}")))
                .isInstanceOfSatisfying(
                        SettingProblem.class,
                        e -> assertThat(e.exitCode()).isEqualTo(ExitCode.INPUT))
                .hasMessageContaining("ssl.keystore.key", "none");
        assertThatThrownBy(() -> SettingReferences.resolved(
                        Map.of("ssl.key.password", "${file:/no/such/file:password}")))
                .isInstanceOf(SettingProblem.class)
                .hasMessageContaining("/no/such/file");
    }

    @Test
    void secretsOnACommandLineAreRefusedUnlessTheyOnlySayWhereTheyLie() throws Exception {
        Files.writeString(directory.resolve("password"), "correct");
        String reference = "${dir:" + directory + ":password}";
        assertThat(clients(Map.of("ssl.key.password", reference)).extra())
                .containsEntry("ssl.key.password", "correct");
        for (String name :
                new String[] {"ssl.key.password", "sasl.jaas.config", "ssl.keystore.key"}) {
            assertThatThrownBy(() -> clients(Map.of(name, "hush")))
                    .isInstanceOfSatisfying(
                            SettingProblem.class,
                            e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE))
                    .hasMessageContaining(name)
                    .hasMessageContaining("PLIMSOLL_KAFKA_")
                    .hasMessageContaining("--kafka-config")
                    .hasMessageNotContaining("hush");
        }
    }

    private static Clients clients(Map<String, String> commandLine) {
        return ClientSettings.require(
                SettingValues.read(Catalogue.CLIENT, Map.of("bootstrap", "b:1"), Map.of()),
                commandLine,
                Map.of());
    }
}
