package dev.plimsoll.model.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

class OwnReportTest {

    record Report(String verdict, int steps) {}

    @TempDir
    Path directory;

    @Test
    void replacesAnEarlierReportAndAnEmptyFile() throws IOException {
        Path file = directory.resolve("a/report.json");
        report(file).write(new Report("clean", 1));
        report(file).write(new Report("clean", 2));
        assertThat(Files.readString(file))
                .contains("\"writtenBy\" : \"plimsoll\"", "\"steps\" : 2");
        Path before = directory.resolve("before.json");
        Files.writeString(before, "{\"verdict\": \"clean\", \"steps\": 7}");
        report(before).write(new Report("clean", 3));
        assertThat(before).content().contains("\"steps\" : 3");
        Path empty = Files.createFile(directory.resolve("empty"));
        report(empty).write(new Report("clean", 4));
        assertThat(empty).content().contains("\"steps\" : 4");
        try (Stream<Path> all = Files.walk(directory)) {
            assertThat(all.filter(Files::isRegularFile)).hasSize(3);
        }
    }

    @Test
    void mayBeReadByWhoeverMayReadOtherNewFiles() throws IOException {
        Path ordinary = Files.writeString(directory.resolve("ordinary"), "");
        Path file = directory.resolve("report.json");
        report(file).write(new Report("clean", 1));
        assertThat(Files.getPosixFilePermissions(file))
                .isEqualTo(Files.getPosixFilePermissions(ordinary));
    }

    @Test
    void leavesEveryOtherFile() throws IOException {
        Path letter = Files.writeString(directory.resolve("letter"), "dear");
        Path json = Files.writeString(
                directory.resolve("other.json"), "{\"verdict\": \"guilty\", \"years\": 7}");
        Path list = Files.writeString(directory.resolve("list.json"), "[]");
        Path ours = directory.resolve("ours.json");
        report(ours).write(new Report("clean", 1));
        Path link = Files.createSymbolicLink(directory.resolve("link"), ours);
        for (Path file : new Path[] {letter, json, list, link, directory, Path.of("/dev/null")}) {
            assertThatThrownBy(() -> report(file).write(new Report("clean", 9)))
                    .isInstanceOf(ForeignFileException.class)
                    .hasMessageContaining("it is left as it is");
        }
        assertThat(letter).hasContent("dear");
        assertThat(json).content().contains("guilty");
        assertThat(ours).content().contains("\"steps\" : 1");
        assertThat(link).isSymbolicLink();
    }

    private static OwnReport report(Path file) {
        return OwnReport.of(file, Report.class);
    }
}
