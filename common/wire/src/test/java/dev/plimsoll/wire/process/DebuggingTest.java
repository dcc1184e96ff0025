package dev.plimsoll.wire.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Map;

class DebuggingTest {

    @ParameterizedTest
    @ValueSource(strings = {"1", "true", "yes", "anything"})
    void on(String value) {
        assertThat(Debugging.isOn(Map.of("PLIMSOLL_DEBUG", value))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "false", "no", "off"})
    void off(String value) {
        assertThat(Debugging.isOn(Map.of("PLIMSOLL_DEBUG", value))).isFalse();
    }

    @Test
    void offWhereNothingIsSaid() {
        assertThat(Debugging.isOn(Map.of())).isFalse();
    }
}
