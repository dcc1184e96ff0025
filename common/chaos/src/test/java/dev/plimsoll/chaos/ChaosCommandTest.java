package dev.plimsoll.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.cli.Plimsoll;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;

class ChaosCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void theCommandLineFindsTheCommandByItself() {
        assertThat(commandLine().getSubcommands()).containsKeys("chaos", "demo", "coordinator");
        assertThat(commandLine().execute("chaos", "--help")).isZero();
        assertThat(out.toString()).contains("--samples-per-minute");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            chaos --report pom.xml                                 | 4 | pom.xml' is not an earlier report
            chaos --dir pom.xml --model ../model/tiny-llama        | 4 | 'pom.xml' is not a directory
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
