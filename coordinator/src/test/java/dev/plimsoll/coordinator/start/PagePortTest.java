package dev.plimsoll.coordinator.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.plimsoll.wire.process.ExitCode;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

/** Row 24 of the hostile inputs. */
class PagePortTest {

    @TempDir
    Path directory;

    private ServerSocket taken;

    @BeforeEach
    void take() throws IOException {
        taken = new ServerSocket();
        taken.bind(new InetSocketAddress(InetAddress.getByName("localhost"), 0));
    }

    @AfterEach
    void giveBack() throws IOException {
        taken.close();
    }

    private PagePort port(Map<String, String> properties, Map<String, String> environment) {
        Properties all = new Properties();
        all.putAll(properties);
        return new PagePort(all, environment, directory);
    }

    private static void refused(PagePort port, String... words) {
        StartProblem problem = catchThrowableOfType(StartProblem.class, port::require);
        assertThat(problem).hasMessageContainingAll(words);
        assertThat(problem.exitCode()).isEqualTo(ExitCode.INPUT);
        assertThat(problem.getMessage()).doesNotContain("\n");
    }

    private String number() {
        return Integer.toString(taken.getLocalPort());
    }

    @Test
    void aTakenPortIsNamedWithTheRemedy() {
        String[] words = {
            "port " + number() + " of localhost cannot be used",
            "-Dquarkus.http.port=N",
            "QUARKUS_HTTP_PORT",
            "0 for a free one"
        };
        refused(port(Map.of("quarkus.http.port", number()), Map.of()), words);
        refused(port(Map.of(), Map.of("QUARKUS_HTTP_PORT", number())), words);
    }

    @Test
    void thePropertyIsLookedAtBeforeTheVariable() {
        assertThatCode(() -> port(
                                Map.of("quarkus.http.port", "0"),
                                Map.of("QUARKUS_HTTP_PORT", number()))
                        .require())
                .doesNotThrowAnyException();
    }

    @Test
    void filesOfTheWorkingDirectoryAreReadAsQuarkusReadsThem() throws IOException {
        Path config = Files.createDirectory(directory.resolve("config"));
        Files.writeString(
                config.resolve("application.properties"), "quarkus.http.port=" + number());
        refused(port(Map.of(), Map.of()), "port " + number());
        Files.writeString(directory.resolve(".env"), "QUARKUS_HTTP_PORT=0\n");
        assertThatCode(() -> port(Map.of(), Map.of()).require()).doesNotThrowAnyException();
    }

    @Test
    void aPortThatIsNoneAndAHostThatIsNotOurs() {
        refused(port(Map.of("quarkus.http.port", "70000"), Map.of()), "'70000'", "0 to 65535");
        refused(port(Map.of("quarkus.http.port", "http"), Map.of()), "'http'", "0 to 65535");
        refused(
                port(Map.of("quarkus.http.port", "0", "quarkus.http.host", "192.0.2.1"), Map.of()),
                "of 192.0.2.1 cannot be used");
        refused(
                port(
                        Map.of("quarkus.http.port", "0"),
                        Map.of("QUARKUS_HTTP_HOST", "no-such-host.invalid")),
                "quarkus.http.host is 'no-such-host.invalid'");
    }

    @Test
    void withoutAPageNoPortIsNeeded() {
        assertThatCode(() -> port(
                                Map.of(
                                        "quarkus.http.port",
                                        number(),
                                        "quarkus.http.host-enabled",
                                        "false"),
                                Map.of())
                        .require())
                .doesNotThrowAnyException();
    }
}
