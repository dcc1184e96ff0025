package dev.plimsoll.processes.libtorch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TorchVersionTest {

    @ParameterizedTest
    @CsvSource({
        "2.7.1+cu128, false, false",
        "2.11.0, false, false",
        "2.12.0.dev20260101, false, true",
        "3.0, false, true",
        "2.6.0, true, false",
        "1.13.1+cpu, true, false",
        "2.10.0a0+git123, false, false"
    })
    void oldAndNewAreTold(String text, boolean tooOld, boolean untried) {
        TorchVersion version = TorchVersion.of(text).orElseThrow();
        assertThat(version.tooOld()).isEqualTo(tooOld);
        assertThat(version.untried()).isEqualTo(untried);
    }

    @ParameterizedTest
    @CsvSource({"''", "main", "2"})
    void otherTextIsNone(String text) {
        assertThat(TorchVersion.of(text)).isEmpty();
    }
}
