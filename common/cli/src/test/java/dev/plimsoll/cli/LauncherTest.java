package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** The launcher in a fresh clone, with a Maven that cannot build. */
class LauncherTest {

    private static final Path TREE = Path.of("../..").toAbsolutePath().normalize();
    private static final String BUILDS = "plimsoll: building";

    @TempDir
    Path directory;

    private Path home;

    /** How it ended. */
    private record Ended(int code, String said) {}

    @BeforeEach
    void freshClone() throws IOException {
        home = Files.createDirectory(directory.resolve("clone"));
        Files.copy(TREE.resolve("plimsoll"), home.resolve("plimsoll"));
        Files.copy(TREE.resolve("pom.xml"), home.resolve("pom.xml"));
        for (String module : List.of("cli", "chaos")) {
            Path to = Files.createDirectories(home.resolve("common").resolve(module));
            Files.createSymbolicLink(
                    to.resolve("src"), TREE.resolve("common").resolve(module).resolve("src"));
        }
        Path maven = Files.createDirectory(directory.resolve("bin")).resolve("mvn");
        Files.writeString(maven, "#!/bin/sh\nexit 1\n");
        assertThat(maven.toFile().setExecutable(true)).isTrue();
    }

    private Ended launch(String... words) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("bash", home.resolve("plimsoll").toString()));
        command.addAll(List.of(words));
        ProcessBuilder launcher = new ProcessBuilder(command).redirectErrorStream(true);
        launcher.environment().put("JAVA_HOME", System.getProperty("java.home"));
        launcher.environment()
                .merge("PATH", "", (path, _) -> directory.resolve("bin") + ":" + path);
        Process process = launcher.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Ended(process.waitFor(), said);
    }

    @Test
    void helpBuildsNothing() throws Exception {
        for (String words : List.of("", "help", "help train", "--help", "train --help")) {
            assertThat(launch(words.isEmpty() ? new String[0] : words.split(" ")))
                    .as(words)
                    .satisfies(ended -> assertThat(ended.code()).isZero())
                    .satisfies(ended ->
                            assertThat(ended.said()).startsWith("Usage: plimsoll COMMAND"));
        }
    }

    @Test
    void aCommandThatDoesNotExistBuildsNothing() throws Exception {
        for (String word : List.of("wach", "status", "tr.in", "a b", "\"")) {
            assertThat(launch(word, "--dir", "d")).isEqualTo(new Ended(2, """
                            plimsoll: there is no command '%s'
                            `plimsoll --help` shows what can be given
                            """.formatted(word)));
        }
    }

    @Test
    void everyCommandBuilds() throws Exception {
        TreeSet<String> commands =
                new TreeSet<>(Plimsoll.commandLine().getSubcommands().keySet());
        commands.remove("help");
        commands.addAll(List.of("build", "package", "chaos", "--debug"));
        assertThat(commands).contains("train", "runs", "access");
        for (String command : commands) {
            Ended ended = launch(command);
            assertThat(ended.said()).as(command).startsWith(BUILDS).contains("the build failed");
            assertThat(ended.code()).isEqualTo(1);
        }
    }

    /** As in a read-only checkout, of which nobody but root can make one for a test. */
    @Test
    void whereNothingCanBeWrittenIsSaid() throws Exception {
        Path target = Files.createFile(home.resolve("common/cli/target"));
        for (String command : List.of("build", "train")) {
            assertThat(launch(command)).isEqualTo(new Ended(4, """
                            plimsoll: nothing can be written to '%s', so nothing can be built \
                            here; use a clone that you may write to
                            """.formatted(target)));
        }
    }
}
