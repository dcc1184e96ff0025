package dev.plimsoll.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.cli.Plimsoll;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

class TrainCommandTest {

    @TempDir
    Path directory;

    /** The command goes on to what this test lacks: the programs. */
    @Test
    void fieldsOfOtherNamesAreMapped() throws IOException {
        Path data = Files.writeString(directory.resolve("data.jsonl"), "{\"said\":\"a\"}\n");
        StringWriter err = new StringWriter();
        CommandLine command = Plimsoll.withProblems(new CommandLine(new TrainCommand()))
                .setErr(new PrintWriter(err, true));
        String[] arguments = {
            "--model", "../model/tiny-llama",
            "--data", data.toString(),
            "--dir", directory.resolve("run").toString()
        };
        command.execute(arguments);
        assertThat(err.toString()).contains("there is no sample");
        err.getBuffer().setLength(0);
        command.execute(Stream.concat(Stream.of("--map", "text=said"), Stream.of(arguments))
                .toArray(String[]::new));
        assertThat(err.toString()).doesNotContain("there is no sample");
    }

    private static String again(String... arguments) {
        TrainCommand command = new TrainCommand();
        new CommandLine(command).parseArgs(arguments);
        return command.again(Path.of("/a run"));
    }

    /** What the run is, such as its model and its rank, lies in its directory. */
    @Test
    void theCommandThatGoesOnNamesAllButTheRun() throws IOException {
        assertThat(again("--model", "m", "--data", "d", "--lora-rank", "4"))
                .isEqualTo("plimsoll train --dir '/a run'");
        assertThat(again(
                        "--workers",
                        "3",
                        "--precision",
                        "nf4",
                        "--device",
                        "cpu",
                        "--composed",
                        "--libtorch",
                        "it's/lib",
                        "--max-turns",
                        "9",
                        "--port",
                        "8080"))
                .isEqualTo("plimsoll train --dir '/a run' --workers=3 --composed=true --device=cpu"
                        + " '--libtorch=it'\\''s/lib' --precision=nf4 --max-turns=9 --port=8080");
        Path file = directory.resolve("run.yaml");
        Files.writeString(file, "precision: fp8\nlora-rank: 4\n");
        assertThat(again("--config", file.toString()))
                .isEqualTo("plimsoll train --dir '/a run' --precision=fp8");
    }
}
