package dev.plimsoll.cli.topics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TerminalWidthTest {

    @ParameterizedTest
    @CsvSource({
        "24 80, 80",
        "' 24 40 ', 40",
        "24 200, 200",
        "0 0, 80",
        "'', 80",
        "x y, 80",
        "9 5, 20"
    })
    void theSecondNumberIsTheWidth(String size, int columns) {
        assertThat(TerminalWidth.ofSize(size)).isEqualTo(columns);
    }
}
