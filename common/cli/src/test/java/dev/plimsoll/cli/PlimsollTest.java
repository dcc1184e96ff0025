package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class PlimsollTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void everyCommandHasHelp() {
        assertThat(allHaveHelp(commandLine())).isGreaterThanOrEqualTo(12);
    }

    private int allHaveHelp(CommandLine command) {
        assertThat(command.getCommandSpec().mixinStandardHelpOptions()).isTrue();
        assertThat(command.getCommandSpec().usageMessage().description()).isNotEmpty();
        return 1
                + command.getSubcommands().values().stream()
                        .mapToInt(this::allHaveHelp)
                        .sum();
    }

    /** Every command that comes from a room explains its options and parameters by sentences. */
    @Test
    void everyOptionIsExplainedByASentence() {
        assertThat(explained(commandLine())).isGreaterThanOrEqualTo(40);
    }

    static long explained(CommandLine command) {
        List<ArgSpec> own = command.getCommandSpec().args().stream()
                .filter(argument -> argument.userObject() instanceof Field field
                        && field.getDeclaringClass().getPackage() != Plimsoll.class.getPackage())
                .filter(argument -> !(argument instanceof OptionSpec option
                        && (option.usageHelp() || option.versionHelp())))
                .toList();
        assertThat(own).allSatisfy(argument -> {
            String text = String.join(" ", argument.description());
            assertThat(text.split(" ")).as(argument.toString()).hasSizeGreaterThan(4);
            assertThat(text).as(argument.toString()).matches("[A-Z].*\\.");
            assertThat(text).as(argument.toString()).doesNotStartWith("Of ");
        });
        return own.size()
                + command.getSubcommands().values().stream()
                        .mapToLong(PlimsollTest::explained)
                        .sum();
    }

    /** Each waits some seconds for a broker. */
    @ParameterizedTest
    @Tag("slow")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            submit pom.xml --json --bootstrap localhost:1          | 3 | no Kafka broker answers
            generate --prompt a --model ../model/tiny-llama --prefix b --bootstrap localhost:1 | 3 | no Kafka broker answers
            coordinator --model src --bootstrap localhost:1        | 3 | no Kafka broker answers
            runs --bootstrap localhost:1                           | 3 | no Kafka broker answers
            """)
    void whereNoBrokerAnswersIsSaid(String line, int exitCode, String message) {
        aMistakeIsOneSentenceAndAnExitCode(line, exitCode, message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            watch                                                  | 2 | no broker is given
            watch --bootstrap localhost:1 --prefix a/b             | 4 | prefix is 'a/b'; give 1 to 100 letters
            coordinator --lora-rank 0 --bootstrap localhost:1      | 4 | lora-rank is '0'; give a whole number from 1 to 1024
            coordinator --config no-such.yaml                      | 4 | config is 'no-such.yaml'
            worker --rank 3                                        | 2 | Unknown options: '--rank'
            watch --bootstrap localhost:1                          | 3 | no Kafka broker answers
            nonsense                                               | 2 | there is no command 'nonsense'
            status                                                 | 2 | Did you mean: plimsoll runs?
            help wach                                              | 2 | Did you mean: plimsoll watch
            help runs delte                                        | 2 | runs --help` shows
            wach --bootstrap localhost:1                           | 2 | Did you mean: plimsoll watch
            watch --bootstrp localhost:1                           | 2 | Possible solutions: --bootstrap
            submit no-such-file --bootstrap localhost:1            | 4 | there is no file 'no-such-file'
            submit pom.xml --no-color --bootstrap localhost:1      | 2 | belong to --dry-run
            submit pom.xml --dry-run 3                             | 2 | --dry-run needs the model
            submit pom.xml --dry-run some                          | 2 | --dry-run is 'some'
            submit pom.xml --dry-run 1 --date 1.1.2026             | 2 | --date is '1.1.2026'
            submit pom.xml --dry-run 1 --model /no/such/model      | 4 | there is no model directory '/no/such/model'
            submit pom.xml --wait-timeout 0                        | 2 | --wait-timeout is 0
            submit pom.xml --format yaml                           | 4 | there is no format 'yaml'
            submit pom.xml --map nonsense=x                        | 4 | which no sample has
            model                                                  | 2 | give a subcommand
            model create somewhere --shape huge                    | 4 | there is no model shape 'huge'
            model create somewhere --dtype int3 --tokenizer ../model/tiny-llama | 2 | dtype 'int3' is unknown
            bench                                                  | 2 | give a subcommand: tokenize, engine, generate, fleet, simulate-fleet, simulate-day, submit, malformed or stream
            bench engine 4x8 --libtorch /no/such                   | 4 | libtorch is '/no/such', and there is no libtorch.so
            doctor --json                                          | 1 | quarkus-run.jar is not there
            bench engine 4x8 --shape tiny                          | 1 | quarkus-run.jar is not there
            bench fleet --workers 1,0                              | 2 | --workers has 0
            bench fleet --workers two                              | 2 | Invalid value for option '--workers'
            bench fleet --tokens-per-step 300                      | 2 | --tokens-per-step has 300, fewer than the 512
            bench fleet --sample-tokens 1                          | 2 | --sample-tokens is 1
            bench fleet --warm-up 0                                | 2 | --warm-up is 0
            bench fleet --lora-rank 0                              | 4 | lora-rank is '0'
            bench fleet --device cpu --model /no/such/model        | 4 | there is no model directory '/no/such/model'
            bench fleet --device cpu --shape huge                  | 4 | there is no model shape 'huge'
            bench fleet --json pom.xml                             | 4 | pom.xml' is not an earlier report
            bench fleet --picture pom.xml                          | 4 | 'pom.xml' is not an earlier picture
            bench fleet --device cpu --dir pom.xml --model ../model/tiny-llama  | 4 | 'pom.xml' is not a directory
            bench fleet --device cpu --sample-tokens 9999 --tokens-per-step 9999 --model ../model/tiny-llama | 4 | the model takes 8192 at most
            export --model /no/such/model --bootstrap localhost:1  | 4 | there is no model directory '/no/such/model'
            demo --kafka security.protocol=SSL                     | 2 | client settings of Kafka are given (security.protocol) but no broker
            demo --kafka-config /no/such                           | 4 | kafka-config is '/no/such'
            demo --workers 0                                       | 2 | --workers is 0
            demo --steps 0                                         | 2 | --steps is 0
            demo --steps 3 --kill worker --after-step 3            | 2 | --after-step is 3
            demo --report pom.xml                                  | 4 | pom.xml' is not an earlier report
            demo --report src                                      | 4 | src' is not a regular file
            demo --dir pom.xml --model ../model/tiny-llama         | 4 | 'pom.xml' is not a directory
            export src --bootstrap localhost:1                     | 4 | which Plimsoll did not write
            export .. --bootstrap localhost:1                      | 4 | which Plimsoll did not write
            export / --bootstrap localhost:1                       | 4 | is the root directory
            merge out                                              | 2 | an adapter is needed
            merge out --adapter a --prefix b                       | 2 | an adapter is needed
            merge                                                  | 2 | Missing required parameter: 'OUT'
            merge out --adapter no-such --model ../model/tiny-llama | 4 | there is no adapter directory 'no-such'
            merge out --adapter src --model ../model/tiny-llama    | 4 | adapter_config.json
            merge src --adapter src --model ../model/tiny-llama    | 4 | which Plimsoll did not write
            merge out --adapter src --model /no/such/model         | 4 | there is no model directory '/no/such/model'
            model create src --tokenizer ../model/tiny-llama       | 4 | src' exists already
            demo --data no-such-file                               | 4 | 'no-such-file' cannot be read
            demo --kill broker                                     | 2 | --kill
            generate --prompt a --messages b                       | 2 | --prompt and --messages are both given
            generate --prompt a --temperature -1                   | 2 | --temperature is -1.0
            generate --prompt a --device tpu                       | 4 | device is 'tpu'
            generate --prompt a --top-p 0                          | 2 | --top-p is 0.0
            generate --prompt a --max-new-tokens 0                 | 2 | --max-new-tokens is 0
            generate --prompt a --model ../model/tiny-llama --adapter no-such | 4 | there is no adapter directory 'no-such'
            generate --prompt a --model ../model/tiny-llama --adapter a --prefix b | 2 | are both given; choose one
            generate --prompt a --model ../model/tiny-llama --adapter a --kafka bootstrap.servers=b:1 | 2 | are both given; choose one
            generate --prompt a --model ../model/tiny-llama --adapter a --kafka-config pom.xml | 2 | are both given; choose one
            generate --prompt a --model ../model/tiny-llama --kafka security.protocol=SSL | 2 | no broker is given
            generate --prompt a --model ../model/tiny-llama --adapter src | 4 | adapter_config.json
            generate --prompt a --model src                        | 4 | config.json
            generate --prompt a --model ../model/tiny-llama --context 3 | 4 | --context is 3
            generate --messages no-such --model ../model/tiny-llama | 4 | 'no-such' cannot be read
            generate --messages pom.xml --model ../model/tiny-llama | 4 | pom.xml, line 1 is no JSON
            generate --prompt a --model ../model/tiny-llama        | 1 | quarkus-run.jar is not there
            evaluate                                               | 2 | Missing required option: '--data
            evaluate --data no-such --model ../model/tiny-llama    | 4 | no-such
            evaluate --data - --model ../model/tiny-llama          | 4 | - is standard input, which is not read here; put it into a file, or submit it with `plimsoll submit -`
            bench generate --shape tiny                            | 1 | quarkus-run.jar is not there
            coordinator --learning-rate 0 --bootstrap localhost:1  | 4 | learning-rate is '0'; give a number greater than 0 and at most 10
            coordinator --port 70000 --bootstrap localhost:1       | 2 | --port is 70000; give 0 to 65535
            coordinator --port 0 --model /no/such                  | 4 | there is no model directory '/no/such'
            coordinator --config pom.xml                           | 4 | pom.xml
            worker --device tpu --bootstrap localhost:1            | 4 | device is 'tpu'; give one of auto, cpu, cuda
            worker --precision fp16 --bootstrap localhost:1        | 4 | precision is 'fp16'
            worker --threads two --bootstrap localhost:1           | 4 | threads is 'two'
            worker --wait-for-run soon --bootstrap localhost:1     | 4 | wait-for-run is 'soon'
            demo --learning-rate 0                                 | 4 | learning-rate is '0'
            demo --device tpu                                      | 4 | device is 'tpu'
            demo --port 70000                                      | 2 | --port is 70000
            demo --workers 64                                      | 2 | --workers is 64; give 1 to 63
            demo --dir /proc/x --model ../model/tiny-llama         | 4 | '/proc' cannot be written; give --dir a directory that can
            train --model ../model/tiny-llama --dir target/refused        | 2 | --data is missing: there is no earlier run
            train --dir target/refused --model /no/such --data README.md                  | 4 | there is no model directory '/no/such'
            train --dir target/refused --model ../model/tiny-llama --data no-such       | 4 | there is no file 'no-such'
            train --dir target/refused --model ../model/tiny-llama --data -             | 4 | - is standard input, which is not read here
            train --dir target/refused --model ../model/tiny-llama --eval-data -        | 4 | - is standard input, which is not read here
            train --dir target/refused --model ../model/tiny-llama --data /dev/null     | 4 | '/dev/null' is no regular file
            train --dir target/refused --model ../model/tiny-llama --data README.md --eval-data README.md --evaluate-every 0 | 2 | --eval-data is given, and --evaluate-every is 0
            train --dir target/refused --model ../model/tiny-llama --data a/*.jsonl     | 4 | a/*.jsonl
            train --model ../model/tiny-llama --data README.md --dir src | 4 | which `plimsoll train` did not write
            train --model ../model/tiny-llama --data README.md --dir pom.xml | 4 | is not a directory; give --dir a directory
            train --model ../model/tiny-llama --data README.md --dir /proc/x | 4 | cannot be written; give --dir a directory that can
            train --dir target/refused --model ../model/tiny-llama --data README.md --workers 0 | 2 | --workers is 0; give 1 to 63
            train --dir target/refused --model ../model/tiny-llama --data README.md --devices 0,1 --workers 2 | 2 | --devices 0,1 names the cards of one worker, and --workers is 2; leave out --workers, or leave out --devices
            train --dir target/refused --model ../model/tiny-llama --data README.md --devices 0,0 | 4 | devices is '0,0'
            train --dir target/refused --model ../model/tiny-llama --data README.md --devices gpu | 4 | devices is 'gpu'
            train --dir target/refused --model ../model/tiny-llama --data README.md --port -1 | 2 | --port is -1; give 0 to 65535
            train --dir target/refused --model ../model/tiny-llama --data README.md --lora-rank 0 | 4 | lora-rank is '0'
            train --dir target/refused --model ../model/tiny-llama --data README.md --device tpu | 4 | device is 'tpu'
            train --dir target/refused --model ../model/tiny-llama --data README.md --epochs none | 4 | epochs is 'none'
            train --dir target/refused --model ../model/tiny-llama --data README.md --map nonsense=x | 4 | which no sample has
            train --dir target/refused --model ../model/tiny-llama --format yaml | 4 | there is no format 'yaml'
            evaluate --data README.md --model ../model/tiny-llama --map nonsense=x | 4 | which no sample has
            broker                                                 | 2 | Missing required option: '--dir=DIR'
            broker --dir src                                       | 4 | holds files of others
            broker --dir pom.xml                                   | 4 | is not a directory
            broker --dir target/refused --port 70000                      | 2 | --port is 70000
            broker --dir /proc/x --port 0                          | 4 | '/proc' cannot be written
            runs                                                   | 2 | no broker is given
            runs delete                                            | 2 | Missing required parameter: 'PREFIX'
            runs delete a/b --bootstrap localhost:1                | 2 | topic prefix 'a/b' is not usable
            pause                                                  | 2 | no broker is given
            finish --wait soon --bootstrap localhost:1             | 2 | Invalid value for option '--wait'
            checkpoint --bootstrap localhost:1                     | 2 | Missing required parameter: 'NAME'
            checkpoint a/b --bootstrap localhost:1                 | 2 | checkpoint name 'a/b' is not usable
            compare one                                            | 2 | RUN
            compare src pom.xml --model ../model/tiny-llama        | 4 | report.json does not exist
            completion                                             | 2 | Missing required parameter: 'SHELL'
            completion fish                                        | 2 | expected one of [BASH, ZSH]
            audit --prefix x --kafka a                             | 2 | KEY=VALUE
            source                                                 | 2 | give a subcommand: list, add
            source weight news                                     | 2 | Missing required parameter
            submit src --source-name a/b --bootstrap localhost:1   | 2 | source name 'a/b' is not usable
            """)
    void aMistakeIsOneSentenceAndAnExitCode(String line, int exitCode, String message) {
        CommandLine command = commandLine();
        assertThat(command.execute(line.split(" "))).isEqualTo(exitCode);
        assertThat(err.toString()).contains(message).doesNotContain("\tat ");
    }

    @Test
    void withoutArgumentsTheCommandsAreListed() {
        assertThat(commandLine().execute()).isEqualTo(2);
        assertThat(err.toString()).contains("Missing required subcommand", "  submit ", "  runs ");
    }

    /** One that is taken is found before anything starts. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "coordinator --bootstrap localhost:1 --port",
                "demo --port",
                "train --dir target/refused --model ../model/tiny-llama --data README.md --port",
                "broker --dir target/refused --port"
            })
    void aPortThatIsInUseIsOneSentence(String line) throws IOException {
        try (ServerSocket taken = new ServerSocket()) {
            taken.bind(new InetSocketAddress("localhost", 0));
            String[] arguments = (line + " " + taken.getLocalPort()).split(" ");
            assertThat(commandLine().execute(arguments)).isEqualTo(4);
            assertThat(err.toString())
                    .contains("port " + taken.getLocalPort() + " of localhost cannot be used")
                    .contains("give another --port, or 0 for a free one")
                    .doesNotContain("\tat ");
        }
    }

    /** Before anything starts: files without a sample, and models of which a part is missing. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            empty.jsonl    | there is no sample in
            garbage.jsonl  | 1 rejected as NOT_JSON
            numbers.jsonl  | 2 rejected as UNKNOWN_SHAPE, the first:
            numbers.csv    | 1 rejected as UNKNOWN_SHAPE
            """)
    void dataWithoutASampleIsRefused(String name, String message, @TempDir Path place)
            throws IOException {
        Files.writeString(place.resolve("empty.jsonl"), "");
        Files.writeString(place.resolve("garbage.jsonl"), "garbage\n");
        Files.writeString(place.resolve("numbers.jsonl"), "{\"n\":1}\n{\"n\":2}\n");
        Files.writeString(place.resolve("numbers.csv"), "n,m\n1,2\n");
        Path dir = place.resolve("run");
        for (String option : List.of("--data", "--eval-data")) {
            assertThat(commandLine()
                            .execute(
                                    "train",
                                    "--model",
                                    "../model/tiny-llama",
                                    option,
                                    place.resolve(name).toString(),
                                    "--dir",
                                    dir.toString()))
                    .isEqualTo(4);
            assertThat(err.toString()).contains("there is no sample in", message);
            assertThat(dir).doesNotExist();
            err.getBuffer().setLength(0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "tokenizer.json", "model.safetensors"})
    void aModelOfWhichAPartIsMissingIsRefused(String missing, @TempDir Path place)
            throws IOException {
        Path model = Files.createDirectory(place.resolve("model"));
        for (String part : List.of("config.json", "tokenizer.json", "model.safetensors")) {
            if (!part.equals(missing)) {
                Files.copy(Path.of("../model/tiny-llama").resolve(part), model.resolve(part));
            }
        }
        Path data = Files.writeString(place.resolve("data.jsonl"), "{\"text\":\"a\"}\n");
        assertThat(commandLine()
                        .execute(
                                "train",
                                "--model",
                                model.toString(),
                                "--data",
                                data.toString(),
                                "--dir",
                                place.resolve("run").toString()))
                .isEqualTo(4);
        assertThat(err.toString()).contains(missing).doesNotContain("\tat ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"train --dir", "generate --prompt a --raw --adapter", "evaluate --adapter"})
    void aModelWhoseWeightsAreOfAnotherConfigIsRefused(String line, @TempDir Path place)
            throws IOException {
        Path built = Path.of("../model/tiny-llama");
        for (String part : List.of("tokenizer.json", "model.safetensors")) {
            Files.copy(built.resolve(part), place.resolve(part));
        }
        String config = Files.readString(built.resolve("config.json"));
        Files.writeString(
                place.resolve("config.json"),
                config.replaceFirst("(num_hidden_layers\"\\s*:\\s*)5", "$14"));
        Path data = Files.writeString(place.resolve("data.jsonl"), "{\"text\":\"a\"}\n");
        List<String> arguments = new ArrayList<>(List.of(line.split(" ")));
        arguments.addAll(List.of(place.resolve("run").toString(), "--model", place.toString()));
        if (!line.startsWith("generate")) {
            arguments.addAll(List.of("--data", data.toString()));
        }
        assertThat(commandLine().execute(arguments.toArray(String[]::new))).isEqualTo(4);
        assertThat(err.toString())
                .contains("model.layers.4.input_layernorm.weight", "num_hidden_layers 4")
                .doesNotContain("\tat ");
    }

    @Test
    void littleRoomIsToldBeforeAnythingStarts() {
        DiskSpace.require(Path.of("d"), 500);
        assertThatThrownBy(() -> DiskSpace.require(Path.of("d"), 499))
                .hasMessageContaining("there are 499 MiB free where 'd' lies")
                .hasMessageContaining("give another --dir");
    }

    @Test
    void aFaultOfOursHasAStackTraceOnlyWhenItIsAskedFor() {
        for (String debug : List.of("", "--debug")) {
            CommandLine command = Plimsoll.commandLine()
                    .addSubcommand(new Faulty())
                    .setOut(new PrintWriter(out, true))
                    .setErr(new PrintWriter(err, true));
            Plimsoll.withProblems(command);
            err.getBuffer().setLength(0);
            assertThat(command.execute(("faulty " + debug).split(" "))).isEqualTo(1);
            assertThat(err.toString())
                    .contains("plimsoll: all is lost; this is a fault of Plimsoll; run again with "
                            + "--debug");
            assertThat(err.toString().contains("\tat ")).isEqualTo(!debug.isEmpty());
            assertThat(Plimsoll.environment(command))
                    .as("what processes get that it starts")
                    .isEqualTo(debug.isEmpty() ? Map.of() : Map.of("PLIMSOLL_DEBUG", "1"));
        }
    }

    @Command(name = "faulty")
    private static final class Faulty implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("all is lost");
        }
    }

    @Test
    void aShellCompletesEveryCommand() {
        assertThat(commandLine().execute("completion", "bash")).isZero();
        assertThat(out.toString())
                .contains("complete -F _complete_plimsoll -o default plimsoll")
                .contains("_picocli_plimsoll_runs_delete");
    }

    @Test
    void helpIsACommandToo() {
        for (List<String> command :
                List.of(List.<String>of(), List.of("train"), List.of("runs", "delete"))) {
            assertThat(shown(command, "--help")).isEqualTo(shown(List.of("help"), command));
        }
    }

    private String shown(List<String> words, String last) {
        return shown(words, List.of(last));
    }

    private String shown(List<String> words, List<String> more) {
        out.getBuffer().setLength(0);
        String[] all = Stream.concat(words.stream(), more.stream()).toArray(String[]::new);
        assertThat(commandLine().execute(all)).isZero();
        assertThat(out.toString()).startsWith("Usage: plimsoll ");
        return out.toString();
    }

    @Test
    void everyCommandTellsTheVersion() {
        assertThat(commandLine().execute("runs", "delete", "--version")).isZero();
        assertThat(out.toString()).startsWith("plimsoll ");
    }

    private CommandLine commandLine() {
        return Plimsoll.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true));
    }
}
