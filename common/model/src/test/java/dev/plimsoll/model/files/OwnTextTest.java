package dev.plimsoll.model.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

class OwnTextTest {

    private static final String BEGINNING = "<!-- ours -->\n";

    @TempDir
    Path directory;

    private static OwnText page(Path file) {
        return new OwnText(file, "page", BEGINNING);
    }

    @Test
    void replacesAnEarlierOneAndAnEmptyFile() throws IOException {
        Path file = directory.resolve("a/page.html");
        page(file).write(BEGINNING + "one");
        page(file).write(BEGINNING + "two");
        assertThat(file).hasContent(BEGINNING + "two");
        Path empty = Files.createFile(directory.resolve("empty"));
        page(empty).write(BEGINNING);
        assertThat(empty).hasContent(BEGINNING);
        try (Stream<Path> all = Files.walk(directory)) {
            assertThat(all.filter(Files::isRegularFile)).hasSize(2);
        }
    }

    @Test
    void leavesEveryOtherFile() throws IOException {
        Path letter = Files.writeString(directory.resolve("letter"), "<!-- ours");
        Path ours = directory.resolve("ours");
        page(ours).write(BEGINNING);
        Path link = Files.createSymbolicLink(directory.resolve("link"), ours);
        for (Path file : new Path[] {letter, link, directory, Path.of("/dev/null")}) {
            assertThatThrownBy(() -> page(file).write(BEGINNING + "more"))
                    .isInstanceOf(ForeignFileException.class)
                    .hasMessageContaining("'" + file + "' is not ")
                    .hasMessageContaining("left as it is");
        }
        assertThat(letter).hasContent("<!-- ours");
        assertThat(ours).hasContent(BEGINNING);
    }

    @Test
    void saysBeforehandWhereNothingCanLie() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        assertThatThrownBy(() -> page(file.resolve("page")).requireReplaceable())
                .isInstanceOf(ForeignFileException.class)
                .hasMessageContaining("is not a directory");
    }
}
