package dev.plimsoll.production;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.plimsoll.cli.Plimsoll;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import sun.misc.Signal;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code plimsoll train} over two pretended cards: interrupted, gone on with, and refused. */
@Tag("slow")
class TrainStopTest {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int SAMPLES = 400;
    private static final Pattern CHECKPOINT =
            Pattern.compile("checkpoint stopped is version (\\d+)");
    private static final Pattern ADAPTER = Pattern.compile("adapter: \\S+ \\(version (\\d+)");

    @TempDir
    Path directory;

    private Path data;

    @BeforeEach
    void samples() throws Exception {
        System.setProperty(
                "plimsoll.home", Path.of("../..").toAbsolutePath().normalize().toString());
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < SAMPLES; i++) {
            lines.append("{\"asked\":\"How many are " + i + " and " + i + "?\",")
                    .append("\"said\":\"" + 2 * i + ".\"}\n");
        }
        data = Files.writeString(directory.resolve("samples.jsonl"), lines);
    }

    private List<String> train(String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                "--dir",
                directory.resolve("run").toString(),
                "--model",
                GuardedFleet.MODEL.toString(),
                "--data",
                data.toString(),
                "--map",
                "prompt=asked",
                "--map",
                "completion=said",
                "--samples-per-step",
                "4",
                "--device",
                "cpu",
                "--devices",
                "0,1"));
        arguments.addAll(List.of(more));
        return arguments;
    }

    /** Before any state was written by itself, which is after 32 steps. */
    @Test
    void whatWasTrainedUntilCtrlCIsExportedAndGoneOnWith() throws Exception {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = Plimsoll.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true));
        CompletableFuture<Integer> code = CompletableFuture.supplyAsync(() -> command.execute(
                train("--simulated-card-bytes", "40000000").toArray(String[]::new)));
        await().atMost(PATIENCE).until(() -> code.isDone() || out.toString().contains("step   5"));
        assertThat(code).as(out + "\n" + err).isNotDone();
        Signal.raise(new Signal("INT"));
        assertThat(code.get()).as(out + "\n" + err).isZero();

        long version = number(CHECKPOINT, out.toString());
        assertThat(version).isBetween(6L, 31L);
        assertThat(number(ADAPTER, out.toString())).isEqualTo(version);
        assertThat(out.toString()).contains("worker-1 card 0 ", "worker-1 card 1 ");

        String printed = printed(out.toString());
        assertThat(printed)
                .startsWith("plimsoll train --dir " + directory.resolve("run") + " ")
                .contains("--device=cpu", "--devices=0,1", "--simulated-card-bytes=40000000");
        String samples = Files.readString(data);
        Files.writeString(data, samples.replace("How many are 7 ", "How much are 7 "));
        Commands.Ended refused = shell(printed);
        assertThat(refused.code()).as(refused.out() + refused.err()).isEqualTo(4);
        assertThat(refused.err())
                .contains("'" + data + "' has changed since it was submitted to the run in "
                        + directory.resolve("run"));
        Files.writeString(data, samples);

        Commands.Ended rest = shell(printed);
        assertThat(rest.code()).as(rest.out() + rest.err()).isZero();
        assertThat(rest.out())
                .contains("the run goes on after step " + (version - 1))
                .contains("audit clean: 400 submitted, 400 trained once");
        assertThat(number(ADAPTER, rest.out())).isEqualTo(SAMPLES / 4);
    }

    @Test
    void cardsThatAreTooSmallAreRefusedBeforeAnythingStarts() {
        Commands.Ended refused = Commands.run(train("--simulated-card-bytes", "2000000"));
        assertThat(refused.code()).isEqualTo(4);
        assertThat(refused.err())
                .contains("the model does not fit these cards in fp32")
                .contains("card 1 (simulated) has room for 1.9 MiB");
        assertThat(directory.resolve("run")).doesNotExist();
    }

    /** The one line behind the words. */
    private static String printed(String out) {
        return out.lines()
                .dropWhile(line -> !line.equals("the run is kept; go on with:"))
                .skip(1)
                .findFirst()
                .orElseThrow()
                .strip();
    }

    /** Runs the command in this process, with the words that a shell makes of it. */
    private static Commands.Ended shell(String printed) throws Exception {
        Process shell = new ProcessBuilder(
                        "sh", "-c", "set -- " + printed + "; printf '%s\\n' \"$@\"")
                .start();
        List<String> words = shell.inputReader().lines().toList();
        assertThat(words).startsWith("plimsoll", "train");
        return Commands.run(words.subList(1, words.size()));
    }

    private static long number(Pattern pattern, String text) {
        Matcher found = pattern.matcher(text);
        assertThat(found.find()).as("%s in %s", pattern, text).isTrue();
        return Long.parseLong(found.group(1));
    }
}
