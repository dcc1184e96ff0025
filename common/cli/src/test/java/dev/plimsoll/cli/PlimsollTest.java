package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.util.List;

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

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            watch                                                  | 2 | no broker is given
            watch --bootstrap localhost:1 --prefix a/b             | 4 | prefix is 'a/b'; give 1 to 100 letters
            coordinator --lora-rank 0 --bootstrap localhost:1      | 4 | lora-rank is '0'; give a whole number from 1 to 1024
            coordinator --config no-such.yaml                      | 4 | config is 'no-such.yaml'
            worker --rank 3                                        | 2 | Unknown options: '--rank'
            watch --bootstrap localhost:1                          | 3 | no Kafka broker answers
            nonsense                                               | 2 | Unmatched argument
            submit no-such-file --bootstrap localhost:1            | 4 | there is no file 'no-such-file'
            submit pom.xml --json --bootstrap localhost:1          | 2 | belong to --dry-run
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
            bench                                                  | 2 | give a subcommand: tokenize, engine, generate, fleet, simulate-fleet, submit, malformed or stream
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
            generate --prompt a --model ../model/tiny-llama --adapter src | 4 | adapter_config.json
            generate --prompt a --model ../model/tiny-llama --prefix b --bootstrap localhost:1 | 3 | no Kafka broker answers
            generate --prompt a --model src                        | 4 | config.json
            generate --prompt a --model ../model/tiny-llama --context 3 | 4 | --context is 3
            generate --messages no-such --model ../model/tiny-llama | 4 | 'no-such' cannot be read
            generate --messages pom.xml --model ../model/tiny-llama | 4 | pom.xml, line 1 is no JSON
            generate --prompt a --model ../model/tiny-llama        | 1 | quarkus-run.jar is not there
            evaluate                                               | 2 | Missing required option: '--data
            evaluate --data no-such --model ../model/tiny-llama    | 4 | no-such
            bench generate --shape tiny                            | 1 | quarkus-run.jar is not there
            source                                                 | 2 | give a subcommand: list, add
            source weight news                                     | 2 | Missing required parameter
            submit src --source-name a/b --bootstrap localhost:1   | 2 | source name 'a/b' is not usable
            """)
    void aMistakeIsOneSentenceAndAnExitCode(String line, int exitCode, String message) {
        CommandLine command = commandLine();
        assertThat(command.execute(line.split(" "))).isEqualTo(exitCode);
        assertThat(err.toString()).contains(message).doesNotContain("\tat ");
    }

    private CommandLine commandLine() {
        return Plimsoll.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true));
    }
}
