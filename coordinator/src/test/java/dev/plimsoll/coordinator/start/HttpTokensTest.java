package dev.plimsoll.coordinator.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.process.ExitCode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

class HttpTokensTest {

    private static final String TOKEN = "0123456789abcdef0123";

    @TempDir
    Path directory;

    @Test
    void rolesAreKnownByTheirTokens() throws Exception {
        HttpTokens tokens =
                HttpTokens.read(file("# all\nviewer " + TOKEN + "\noperator x" + TOKEN));
        assertThat(tokens.roleOf(TOKEN)).contains(HttpRole.VIEWER);
        assertThat(tokens.roleOf("x" + TOKEN)).contains(HttpRole.OPERATOR);
        assertThat(tokens.roleOf("y" + TOKEN)).isEmpty();
        assertThat(tokens.roleOf("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "# nobody",
                "viewer short",
                "admin " + TOKEN,
                TOKEN,
                "viewer " + TOKEN + " " + TOKEN,
            })
    void whatIsNotUnderstoodIsRefusedWithoutShowingIt(String text) throws Exception {
        Path file = file(text);
        assertThatThrownBy(() -> HttpTokens.read(file))
                .hasMessageContaining("http-tokens is '" + file + "'")
                .hasMessageNotContaining(TOKEN);
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, true",
        "127.0.0.1, true",
        "127.1.2.3, true",
        "::1, true",
        "[::1], true",
        "0.0.0.0, false",
        "::, false",
        "10.0.0.7, false",
        "127.0.0.1.evil.example, false",
        "train.example, false",
    })
    void whatOnlyThisMachineReaches(String host, boolean loopback) {
        assertThat(ListenAddress.isLoopback(host)).isEqualTo(loopback);
    }

    @Test
    void whatOthersReachTakesTokens() throws Exception {
        Properties given = new Properties();
        given.setProperty("quarkus.http.host", "0.0.0.0");
        assertThatThrownBy(() -> ListenAddress.require(settings(), given, Map.of()))
                .isInstanceOfSatisfying(
                        StartProblem.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.INPUT))
                .hasMessageContaining("quarkus.http.host is 0.0.0.0")
                .hasMessageContaining("--http-tokens");
        Map<String, String> environment = Map.of("QUARKUS_HTTP_HOST", "10.0.0.7");
        assertThatThrownBy(() -> ListenAddress.require(settings(), new Properties(), environment))
                .hasMessageContaining("10.0.0.7");
        ListenAddress.require(
                settings("--http-tokens=" + file("viewer " + TOKEN)), given, Map.of());
        ListenAddress.require(settings(), new Properties(), Map.of());
    }

    @Test
    void aFileOfTokensThatIsMissingIsNamed() {
        assertThatThrownBy(() -> ListenAddress.require(
                        settings("--http-tokens=/no/such/file"), new Properties(), Map.of()))
                .isInstanceOf(StartProblem.class)
                .hasMessageContaining("/no/such/file");
    }

    private static CoordinatorSettings settings(String... arguments) {
        String[] all = new String[arguments.length + 1];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--bootstrap=localhost:1";
        return CoordinatorSettings.read(new Properties(), Map.of(), all);
    }

    private Path file(String text) throws Exception {
        return Files.writeString(directory.resolve("tokens"), text);
    }
}
