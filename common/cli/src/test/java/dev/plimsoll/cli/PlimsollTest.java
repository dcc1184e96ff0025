package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;

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
            model                                                  | 2 | give a subcommand
            model create somewhere --shape huge                    | 4 | there is no model shape 'huge'
            model create somewhere --dtype int3 --tokenizer ../model/tiny-llama | 2 | dtype 'int3' is unknown
            bench                                                  | 2 | give a subcommand: tokenize or engine
            bench engine 4x8 --shape tiny                          | 1 | quarkus-run.jar is not there
            export --model /no/such/model --bootstrap localhost:1  | 4 | there is no model directory '/no/such/model'
            demo --workers 0                                       | 2 | --workers is 0
            demo --steps 0                                         | 2 | --steps is 0
            demo --steps 3 --kill worker --after-step 3            | 2 | --after-step is 3
            demo --data no-such-file                               | 4 | 'no-such-file' cannot be read
            demo --kill broker                                     | 2 | --kill
            chaos --minutes 0                                      | 2 | --minutes is 0
            chaos --workers 5                                      | 2 | --workers is 5; give 1 to 4
            chaos --lease 3m                                       | 2 | '3m' is no time
            chaos --lease 100ms                                    | 2 | --lease is 100ms
            chaos --samples-per-step 0                             | 2 | --samples-per-step is 0
            chaos --cuts maybe                                     | 2 | expected one of [AUTO, ON, OFF]
            chaos --data no-such-file                              | 4 | 'no-such-file' cannot be read
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
