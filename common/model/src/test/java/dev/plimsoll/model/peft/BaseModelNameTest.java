package dev.plimsoll.model.peft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class BaseModelNameTest {

    @TempDir
    Path home;

    @Test
    void theNameThatTheRunWasGivenComesFirst() throws IOException {
        Path model = model("llama", "{\"_name_or_path\":\"owner/other\"}");
        assertThat(BaseModelName.of("org/name", model)).isEqualTo("org/name");
        assertThat(BaseModelName.of("llama", model)).isEqualTo("owner/other");
    }

    @Test
    void aPathInTheConfigIsNoName() throws IOException {
        for (String said : new String[] {
            "{}",
            "{\"_name_or_path\":\"\"}",
            "{\"_name_or_path\":\"/models/llama\"}",
            "{\"_name_or_path\":\"../x/llama\"}",
            "{\"_name_or_path\":\"a/b/c\"}",
            "{\"_name_or_path\":\"llama\"}"
        }) {
            Path model = model("m" + said.length(), said);
            assertThat(BaseModelName.of(model.getFileName().toString(), model))
                    .isEqualTo(model.toAbsolutePath().toString());
        }
    }

    @Test
    void theCacheOfTheHubTellsTheName() throws IOException {
        Path model = model("models--meta-llama--Llama-3.2-1B/snapshots/abc", "{}");
        assertThat(BaseModelName.of("abc", model)).isEqualTo("meta-llama/Llama-3.2-1B");
    }

    private Path model(String name, String config) throws IOException {
        Path model = Files.createDirectories(home.resolve(name));
        Files.writeString(model.resolve("config.json"), config);
        return model;
    }
}
