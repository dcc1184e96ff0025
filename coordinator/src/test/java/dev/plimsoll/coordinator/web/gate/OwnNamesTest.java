package dev.plimsoll.coordinator.web.gate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/** Row 22 of the hostile inputs: whose requests may change the run. */
class OwnNamesTest {

    private final OwnNames names = new OwnNames("10.0.0.7", List.of("Train.Example", "[fe80::1]"));

    @ParameterizedTest
    @CsvSource({
        "localhost:8080,",
        "LOCALHOST:8080, http://localhost:8080",
        "localhost, http://localhost",
        "127.0.0.1:8080, http://127.0.0.1:8080",
        "127.3.2.1:8080,",
        "[::1]:8080, http://[::1]:8080",
        "10.0.0.7:8080, http://10.0.0.7:8080",
        "train.example:443, https://train.example:443",
        "train.example., https://train.example.",
        "[fe80::1]:8080,",
    })
    void itsOwnNamesAreTaken(String host, String origin) {
        assertThat(names.refusal(host, origin)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "evil.example:8080, http://evil.example:8080",
        "evil.example:8080,",
        "localhost.evil.example:8080,",
        "127.0.0.1.evil.example:8080,",
        "10.0.0.8:8080,",
        "0.0.0.0:8080,",
        "'',",
        ",",
    })
    void anotherHostIsRefusedWithTheSetting(String host, String origin) {
        assertThat(names.refusal(host, origin))
                .hasValueSatisfying(why -> assertThat(why)
                        .contains("--http-names", "10.0.0.7", "localhost", "train.example")
                        .doesNotContain("\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "http://evil.example",
        "http://localhost",
        "http://localhost:8081",
        "null",
        "''",
        "file://localhost:8080",
    })
    void aPageOfAnotherHostIsRefused(String origin) {
        assertThat(names.refusal("localhost:8080", origin))
                .hasValueSatisfying(why -> assertThat(why).contains("may not change this run"));
    }

    @Test
    void whatListensEverywhereHasNoNameByThat() {
        assertThat(new OwnNames("0.0.0.0", List.of()).refusal("0.0.0.0:1", null))
                .isPresent();
        assertThat(new OwnNames("0.0.0.0", List.of()).refusal("localhost:1", null))
                .isEmpty();
    }

    @Test
    void whatIsShownOfAStrangerIsBounded() {
        assertThat(names.refusal("x\u001b".repeat(9_000), null))
                .hasValueSatisfying(
                        why -> assertThat(why).hasSizeLessThan(500).doesNotContain("\u001b"));
    }
}
