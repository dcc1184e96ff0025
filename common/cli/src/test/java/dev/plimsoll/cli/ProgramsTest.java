package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class ProgramsTest {

    private static final Map<String, String> SETTINGS =
            Map.of("worker-id", "w", "quarkus.log.level", "INFO", "model", "none");

    @TempDir
    Path home;

    private final String before = System.getProperty("plimsoll.home", "");

    @BeforeEach
    void anInstallation() throws Exception {
        System.setProperty("plimsoll.home", home.toString());
        for (String jar :
                List.of("quarkus-run.jar", "app/a.jar", "lib/boot/b.jar", "lib/main/c.jar")) {
            touch("gpu-worker/target/quarkus-app/" + jar);
        }
    }

    @AfterEach
    void theFormerOne() {
        if (before.isEmpty()) {
            System.clearProperty("plimsoll.home");
        } else {
            System.setProperty("plimsoll.home", before);
        }
    }

    @Test
    void aWorkerRunsOnOneClassPathOfJars() throws Exception {
        List<String> command = Programs.worker(SETTINGS);

        assertThat(command.get(command.indexOf("-cp") + 1)
                        .split(System.getProperty("path.separator")))
                .extracting(entry -> entry.startsWith(home.toString())
                        ? home.relativize(Path.of(entry)).toString()
                        : entry)
                .containsExactly(
                        "gpu-worker/target/quarkus-app/quarkus/transformed-bytecode.jar",
                        "gpu-worker/target/quarkus-app/quarkus/generated-bytecode.jar",
                        "gpu-worker/target/quarkus-app/app/a.jar",
                        "gpu-worker/target/quarkus-app/lib/boot/b.jar",
                        "gpu-worker/target/quarkus-app/lib/main/c.jar",
                        Installation.parentWatch());
        assertThat(command).contains("-Dplimsoll.worker-id=w", "-Dquarkus.log.level=INFO");
        assertThat(command)
                .endsWith(
                        "dev.plimsoll.processes.ParentWatch",
                        "dev.plimsoll.worker.shell.WorkerMain");
    }

    @Test
    void theEvaluationIsToldItsThreadsAsItReadsThem() {
        Path model = Path.of("model");
        List<String> command =
                Programs.evaluate(model, null, Path.of("sequences"), 3, Map.of("device", "cpu"));

        assertThat(command.subList(command.indexOf("--threads"), command.size()))
                .containsExactly("--threads", "3", "--device", "cpu");
        assertThat(command).noneMatch(argument -> argument.startsWith("-Dplimsoll."));
    }

    @Test
    void aPlaceMayHaveASpaceAndAnUmlautInItsName() throws Exception {
        Path jar = home.resolve("my gr\u00fcne home").resolve("watch.jar");
        Files.createDirectories(jar.getParent());
        Files.writeString(jar, "");

        assertThat(Installation.path(jar.toUri().toURL())).isEqualTo(jar.toString());
        assertThat(Path.of(Installation.parentWatch())).exists();
    }

    @Test
    void aWorkerUsesWhatTheRehearsalRecorded() throws Exception {
        assertThat(Programs.worker(SETTINGS)).noneMatch(option -> option.startsWith("-XX:AOT"));
        assertThat(Programs.recordedWorker(SETTINGS))
                .anyMatch(option -> option.startsWith("-XX:AOTCacheOutput="));

        List<String> recorded = Programs.recordedWorker(SETTINGS);
        Path cache = recorded.stream()
                .filter(option -> option.startsWith("-XX:AOTCacheOutput="))
                .map(option -> Path.of(option.substring("-XX:AOTCacheOutput=".length())))
                .findFirst()
                .orElseThrow();
        Files.writeString(cache, "");

        assertThat(Programs.worker(SETTINGS)).contains("-XX:AOTCache=" + cache);
    }

    private void touch(String file) throws Exception {
        Path path = home.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, "");
    }
}
