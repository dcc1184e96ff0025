package dev.plimsoll.sources.forms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class CopiedFileTest {

    @Test
    void whatWasReadStaysAndWhatIsGoneIsSaid(@TempDir Path directory) throws IOException {
        Path path = Files.write(directory.resolve("f"), new byte[] {1, 2, 3, 4, 5, 6});
        try (CopiedFile file = new CopiedFile(path)) {
            file.open();
            var bytes = file.readRange(1, 3);
            Files.write(path, new byte[] {9, 9, 9});

            assertThat(file.length()).isEqualTo(6);
            assertThat(bytes.array()).containsExactly(2, 3, 4);
            assertThatThrownBy(() -> file.readRange(2, 4))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the file had 6 bytes when it was opened and has 3 now: it was"
                            + " written while it was read");
        }
    }
}
