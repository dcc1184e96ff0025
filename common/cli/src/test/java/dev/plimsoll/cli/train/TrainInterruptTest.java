package dev.plimsoll.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.plimsoll.cli.Plimsoll;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Ctrl-C before a run trains, sent to a process. */
@Timeout(120)
class TrainInterruptTest {

    @TempDir
    Path directory;

    /** In place of a start. */
    static final class Starting {
        public static void main(String[] arguments) throws InterruptedException {
            Interrupts.tellAndEnd(() -> System.out.println("kept"));
            System.out.println("starting");
            Thread.sleep(60_000);
        }
    }

    @Test
    void whatIsKeptIsToldBeforeTheEnd() throws Exception {
        assertThat(interrupted(List.of(Starting.class.getName()))).containsExactly("kept");
    }

    @Test
    @Tag("slow")
    @EnabledIf("dev.plimsoll.cli.BuiltTree#isBuilt")
    void theCommandThatGoesOnIsToldWhileTheBrokerStarts() throws Exception {
        Path data = Files.writeString(directory.resolve("data.jsonl"), "{\"text\":\"a b c\"}\n");
        Path run = directory.resolve("run");
        assertThat(interrupted(List.of(
                        "-Dplimsoll.home=" + Path.of("../..").toRealPath(),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                        Plimsoll.class.getName(),
                        "train",
                        "--device=cpu",
                        "--model=" + Path.of("../model/tiny-llama").toRealPath(),
                        "--data=" + data,
                        "--dir=" + run)))
                .containsSequence(
                        "stopping before the run trains",
                        "the run is kept; go on with:",
                        "  plimsoll train --dir " + run + " --device=cpu");
        assertThat(run.resolve("train.json")).exists();
    }

    /** Returns the lines that follow. */
    private static List<String> interrupted(List<String> program) throws Exception {
        Process process = start(program);
        try (BufferedReader said = process.inputReader()) {
            List<String> before = new ArrayList<>();
            for (String line = said.readLine(); ; line = said.readLine()) {
                assertThat(line).as("what comes after %s", before).isNotNull();
                before.add(line);
                if (line.startsWith("starting")) {
                    break;
                }
            }
            Process kill = new ProcessBuilder("kill", "-INT", "" + process.pid()).start();
            assertThat(kill.waitFor()).isZero();
            List<String> after = said.lines().toList();
            assertThat(process.waitFor()).as(after.toString()).isEqualTo(130);
            return after;
        } finally {
            process.destroyForcibly();
        }
    }

    /** Where the tests run in the background of a shell, Ctrl-C is ignored from the start. */
    private static Process start(List<String> program) throws Exception {
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT", "true"));
        assumeTrue(
                new ProcessBuilder(command).start().waitFor() == 0,
                "env cannot make a process hear Ctrl-C again");
        command.removeLast();
        command.addAll(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path"))));
        command.addAll(program);
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}
