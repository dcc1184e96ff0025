package dev.plimsoll.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.wire.codec.Checksums;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Golden files may be added; none may change or go. */
class GoldenFilesTest {

    /** What was golden when the index was made: version 1 of every record. */
    private static final int FIRST_LINES = 79;

    private static final String FIRST_LINES_SHA256 =
            "827afbb045c0db387a08c0479ec7131f008fc4da3ce94a5f3057bb77e6b3f37d";

    @Test
    void everyGoldenFileIsAsItWasWhenItWasAdded() throws IOException {
        GoldenFiles golden = GoldenFiles.read();
        for (var file : golden.hashes().entrySet()) {
            assertThat(Checksums.sha256Hex(
                            Files.readAllBytes(GoldenFiles.DIRECTORY.resolve(file.getKey()))))
                    .as("%s changed; put it back, and add another file", file.getKey())
                    .isEqualTo(file.getValue());
        }
    }

    @Test
    void everyFileIsInTheIndex() throws IOException {
        try (Stream<Path> files = Files.list(GoldenFiles.DIRECTORY)) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(name -> !name.equals("INDEX")))
                    .containsExactlyInAnyOrderElementsOf(
                            GoldenFiles.read().hashes().keySet());
        }
    }

    @Test
    void theIndexStillBeginsAsItWasFirstWritten() throws IOException {
        List<String> first = Files.readAllLines(GoldenFiles.INDEX).subList(0, FIRST_LINES);
        assertThat(Checksums.sha256Hex(String.join("\n", first) + "\n"))
                .isEqualTo(FIRST_LINES_SHA256);
    }

    /** An archive has no history; there the hash above stands for the first lines. */
    @Test
    void theIndexOnlyEverGrew() throws IOException, InterruptedException {
        assumeTrue(git("rev-parse", "--is-inside-work-tree").equals("true\n"), "no history here");
        String now = Files.readString(GoldenFiles.INDEX);
        for (String commit : git("log", "--format=%H", "--", GoldenFiles.INDEX.toString())
                .lines()
                .toList()) {
            assertThat(now)
                    .as("lines of INDEX in commit %s", commit)
                    .startsWith(git("show", commit + ":./" + GoldenFiles.INDEX));
        }
    }

    /** What it printed, or nothing when it failed. */
    private static String git(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            return process.waitFor() == 0 ? output : "";
        } catch (IOException noGit) {
            return "";
        }
    }
}
