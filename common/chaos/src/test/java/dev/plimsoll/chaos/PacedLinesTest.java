package dev.plimsoll.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

class PacedLinesTest {

    @Test
    void aReadEndsWithItsLine() throws IOException {
        PacedLines file = new PacedLines(List.of("one", "zwölf"), 0);
        byte[] buffer = new byte[100];
        assertThat(new String(buffer, 0, file.read(buffer, 0, 100), UTF_8)).isEqualTo("one\n");
        assertThat(file.taken()).isEqualTo(1);
        assertThat(new String(buffer, 0, file.read(buffer, 0, 100), UTF_8)).isEqualTo("zwölf\n");
        assertThat(file.read(buffer, 0, 100)).isEqualTo(-1);
        assertThat(file.read()).isEqualTo(-1);
    }

    @Test
    void theLinesAreSpreadOverTheTime() throws IOException {
        long begin = System.nanoTime();
        PacedLines file =
                new PacedLines(List.of("a", "b", "c"), Duration.ofMillis(150).toNanos());
        assertThat(new String(file.readAllBytes(), UTF_8)).isEqualTo("a\nb\nc\n");
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isGreaterThanOrEqualTo(Duration.ofMillis(95));
    }
}
