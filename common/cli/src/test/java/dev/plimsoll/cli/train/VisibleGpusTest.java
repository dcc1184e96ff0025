package dev.plimsoll.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

class VisibleGpusTest {

    @TempDir
    Path driver;

    private Map<String, String> variable(String value) {
        return Map.of("CUDA_VISIBLE_DEVICES", value);
    }

    @Test
    void theDriversCardsAreCounted() throws IOException {
        assertThat(VisibleGpus.of(Map.of(), driver.resolve("none"))).isEmpty();
        Files.createDirectory(driver.resolve("0000:01:00.0"));
        Files.createDirectory(driver.resolve("0000:02:00.0"));
        assertThat(VisibleGpus.of(Map.of(), driver)).containsExactly("0", "1");
    }

    @Test
    void whatTheVariableNamesIsTaken() {
        assertThat(VisibleGpus.of(variable("3, GPU-1f"), driver)).containsExactly("3", "GPU-1f");
        assertThat(VisibleGpus.of(variable(""), driver)).isEmpty();
        // CUDA sees those before the first that it does not know
        assertThat(VisibleGpus.of(variable("1,-1,2"), driver)).containsExactly("1");
    }
}
