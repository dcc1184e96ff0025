package dev.plimsoll.processes;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

class ParentWatchTest {

    /** Never ends by itself. */
    public static final class Sleeper {
        public static void main(String[] arguments) throws InterruptedException {
            System.out.println("up " + String.join(" ", arguments));
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    @Test
    void theProcessEndsWhenItsParentLetsGo() throws Exception {
        Process child = start(Sleeper.class.getName(), "a", "b");
        try {
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(child.getInputStream(), UTF_8));
            assertThat(lines.readLine()).isEqualTo("up a b");
            assertThat(child.waitFor(300, TimeUnit.MILLISECONDS)).isFalse();
            child.getOutputStream().close();
            assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            child.destroyForcibly();
        }
    }

    private static Process start(String... arguments) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ParentWatch.class.getName());
        builder.command().addAll(java.util.List.of(arguments));
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }
}
