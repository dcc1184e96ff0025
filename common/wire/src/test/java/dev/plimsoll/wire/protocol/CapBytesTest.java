package dev.plimsoll.wire.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CapBytesTest {

    @ParameterizedTest
    @CsvSource({"off, 0", "1, 1", "7B, 7", "3KiB, 3072", "600MiB, 629145600", "40GiB, 42949672960"})
    void capsAsPeopleWriteThem(String text, long bytes) {
        assertThat(CapBytes.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "-1",
                "1.5GiB",
                "40GB",
                "40 GiB",
                "OFF",
                "2000000GiB",
                "1e9",
                "9999" + "999999999999"
            })
    void whatIsNoCapIsRefusedByItsValue(String text) {
        assertThatThrownBy(() -> CapBytes.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }
}
