package dev.plimsoll.wire.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.Map;

class LogPropertiesTest {

    private static final String OURS = "quarkus.log.category.\"dev.plimsoll\".level";
    private static final String JSON = "quarkus.log.console.json.enabled";

    @AfterEach
    void forget() {
        System.clearProperty(OURS);
        System.clearProperty(JSON);
        System.clearProperty("quarkus.log.level");
    }

    @Test
    void debugIsOfOurOwnLoggersAlone() {
        assertThat(LogProperties.of("debug", "text", Map.of()))
                .containsOnly(Map.entry(OURS, "DEBUG"), Map.entry(JSON, "false"));
    }

    @Test
    void errorSilencesLibrariesToo() {
        assertThat(LogProperties.of("error", "json", Map.of("role", "worker")))
                .containsEntry("quarkus.log.level", "ERROR")
                .containsEntry("quarkus.log.category.\"org.apache.kafka\".level", "ERROR")
                .containsEntry(JSON, "true")
                .containsEntry(
                        "quarkus.log.console.json.additional-field.\"role\".value", "worker");
    }

    /** Who knows Quarkus' own properties may give them. */
    @Test
    void whatWasGivenStays() {
        System.setProperty(OURS, "TRACE");
        LogProperties.publish(LogProperties.of("warn", "json", Map.of()));
        assertThat(System.getProperty(OURS)).isEqualTo("TRACE");
        assertThat(System.getProperty(JSON)).isEqualTo("true");
        assertThat(System.getProperty("quarkus.log.level")).isEqualTo("WARN");
    }
}
