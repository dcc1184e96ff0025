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
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Golden files may be added; none may change or go. */
class GoldenFilesTest {

    /**
     * By its number of lines, the SHA-256 of the index as it was then. 79 lines are version 1 of
     * every record; with 97 the optimizer is a fold of the log; with 99 a run says what becomes of
     * long samples; with 101 it may start from an adapter; with 111 samples have sources; with 123
     * versions are evaluated; with 130 a run has an identity and says what becomes of fields that a
     * chat template does not write, and a sum is published without a transaction; with 133 the
     * times of memory plans are told; with 139 a worker is drained and its memory capped by
     * request; with 140 a memory plan names each card's part; with 146 a worker tells of each of
     * its cards; with 147 recomputed layers may keep what attention computed, and with 148 a worker
     * tells where its host had no room for that. Whoever adds files adds a line here; none may
     * change or go.
     */
    private static final SortedMap<Integer, String> SHA256_BY_LINES = new TreeMap<>(Map.ofEntries(
            Map.entry(79, "827afbb045c0db387a08c0479ec7131f008fc4da3ce94a5f3057bb77e6b3f37d"),
            Map.entry(97, "845d63e921fd6077d2ad4b978ebf50ce7f8d6fc2572dfc106d60252f331800d1"),
            Map.entry(99, "59262a46a131525f653840db21f80c8433391aacf0f2962ec00e2869ead93155"),
            Map.entry(101, "275e59537b9173ac230f9e2dcf320478958501ee93a0f311870c6356df7c125d"),
            Map.entry(111, "1f5c607329b6668ad7b385807e1fe6b138ac94ad716ebab735f67a9e68c17477"),
            Map.entry(123, "b8a64b6a9ff6b0ec8f55796a2a526e510c6b2f73e61e7a96d57c66701c071588"),
            Map.entry(130, "25b06bc31926815337fc951d99f774ac9fa85abd12980abd8778f90698c47d94"),
            Map.entry(133, "44c226ab04a16bf933ab7f67fd2bb566acc4a5d10467b3aa6c76d5e91a5a5c33"),
            Map.entry(139, "ac292937de8d5819d6a525a0e368053d0d92869dc24013c138be2349632d1899"),
            Map.entry(140, "c9cd160f60f3cddf07b5c009e02ea52b5783d64dbf260894ba8ee31e3c3c4772"),
            Map.entry(146, "cda0d77e1ba2855b7f3d014c830fcd5cf2a8a47f7d52d2ee37c04beddec205fd"),
            Map.entry(147, "5d8c2a58f29ec0041b20f51754ca54b66a0de8793bc8695cbd0d7b8c7439562b"),
            Map.entry(148, "e239a0a7c23fa6aa38886d16acf3e35dc4fd4c790d8f1ee412b39569ad85ecdd")));

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
    void theIndexStillBeginsAsItWasAtEachLength() throws IOException {
        List<String> lines = Files.readAllLines(GoldenFiles.INDEX);
        SHA256_BY_LINES.forEach((length, sha256) -> assertThat(sha256(lines.subList(0, length)))
                .as("the first %d lines of INDEX", length)
                .isEqualTo(sha256));
        assertThat(SHA256_BY_LINES.lastKey())
                .as("INDEX has grown: add %d, \"%s\" to this test", lines.size(), sha256(lines))
                .isEqualTo(lines.size());
    }

    private static String sha256(List<String> lines) {
        return Checksums.sha256Hex(String.join("\n", lines) + "\n");
    }

    /**
     * On the line of first parents: branches that grew side by side are merged one after the other.
     * An archive has no history, and a clone may have only the end of it: there the hashes above
     * stand for all lines.
     */
    @Test
    void theIndexOnlyEverGrew() throws IOException, InterruptedException {
        String index = GoldenFiles.INDEX.toString();
        assumeTrue(!git("ls-files", "--", index).isEmpty(), "no history here");
        List<String> commits =
                git("log", "--first-parent", "--format=%H", "--", index).lines().toList();
        assertThat(commits).as("commits that wrote INDEX").isNotEmpty();
        String now = Files.readString(GoldenFiles.INDEX);
        for (String commit : commits) {
            String then = git("show", commit + ":./" + index);
            assertThat(then).as("INDEX in commit %s", commit).isNotEmpty();
            assertThat(now).as("lines of INDEX in commit %s", commit).startsWith(then);
        }
    }

    /** What it printed; nothing when it failed, or there is no git. */
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
