package dev.plimsoll.worker.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.Scope;
import dev.plimsoll.wire.settings.Setting;
import dev.plimsoll.wire.settings.SettingProblem;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

class WorkerSettingsTest {

    /** A value for each setting that is not its default. */
    private static final Map<String, String> OTHER = Map.ofEntries(
            Map.entry("worker-id", "w"),
            Map.entry("device", "cpu"),
            Map.entry("devices", "0,2"),
            Map.entry("precision", "nf4"),
            Map.entry("threads", "3"),
            Map.entry("drain-seconds", "4"),
            Map.entry("wait-for-run", "5s"),
            Map.entry("health-port", "8081"),
            Map.entry("simulated-card-bytes", "6"),
            Map.entry("simulated-others-file", "/c"),
            Map.entry("optimizer-on", "host"),
            Map.entry("composed", "true"),
            Map.entry("libtorch", "/torch"),
            Map.entry("cudart", "/a.so"),
            Map.entry("nvrtc", "/b.so"));

    @TempDir
    Path directory;

    static List<Setting<?>> ofWorker() {
        return Catalogue.ALL.stream()
                .filter(setting -> setting.scope() == Scope.WORKER)
                .<Setting<?>>map(setting -> setting)
                .toList();
    }

    private static WorkerSettings read(String... arguments) {
        return WorkerSettings.read(
                new Properties(), Map.of("PLIMSOLL_BOOTSTRAP", "nowhere:1"), arguments);
    }

    @Test
    void defaults() {
        WorkerSettings settings = read("--model=m");
        assertThat(settings.model()).isEqualTo(Path.of("m"));
        assertThat(settings.topics().prefix()).isEqualTo("plimsoll");
        assertThat(settings.clients().bootstrap()).isEqualTo("nowhere:1");
        assertThat(settings.workerId()).endsWith("-" + ProcessHandle.current().pid());
        assertThat(settings.engine()).isEqualTo(new EngineOptions("auto", "auto", 0, 0));
        assertThat(settings.get(WorkerCatalogue.DRAIN_SECONDS)).isEqualTo(10);
        assertThat(settings.get(WorkerCatalogue.WAIT_FOR_RUN)).isEqualTo(Duration.ofSeconds(60));
    }

    @ParameterizedTest
    @MethodSource("ofWorker")
    void everySettingReachesTheWorkerByEveryWay(Setting<?> setting) throws IOException {
        String name = setting.name();
        String value = OTHER.get(name);
        assertThat(setting.defaultValue().map(String::valueOf)).isNotEqualTo(value);
        Properties properties = new Properties();
        properties.put("plimsoll." + name, value);
        Map<String, String> environment = new HashMap<>(Map.of("KAFKA_BOOTSTRAP_SERVERS", "b:1"));
        Path file = Files.writeString(directory.resolve("run.yaml"), name + ": " + value + "\n");

        assertThat(shown(setting, read("--" + name + "=" + value))).isEqualTo(value);
        assertThat(shown(setting, WorkerSettings.read(properties, environment))).isEqualTo(value);
        assertThat(shown(setting, read("--config=" + file))).isEqualTo(value);
        environment.put(setting.variable(), value);
        assertThat(shown(setting, WorkerSettings.read(new Properties(), environment)))
                .isEqualTo(value);
    }

    private static <T> String shown(Setting<T> setting, WorkerSettings settings) {
        return setting.type().writer().apply(settings.get(setting));
    }

    @Test
    void theEngineIsToldWhatIsGiven() {
        assertThat(read(
                                "--device=cpu",
                                "--precision=fp64",
                                "--threads=2",
                                "--simulated-card-bytes=9",
                                "--optimizer-on=host")
                        .engine())
                .isEqualTo(new EngineOptions("cpu", "fp64", 2, 9, "host"));
        assertThat(read("--worker-id=w").workerId()).isEqualTo("w");
        try {
            read("--nvrtc=/some.so").publish();
            assertThat(System.getProperty("plimsoll.nvrtc")).isEqualTo("/some.so");
        } finally {
            System.clearProperty("plimsoll.nvrtc");
        }
    }

    @Test
    void clientSettingsOfKafkaAreUsed() {
        Properties properties = new Properties();
        properties.put("kafka.security.protocol", "SSL");
        assertThat(WorkerSettings.read(properties, Map.of(), "--bootstrap=b:1")
                        .clients()
                        .extra())
                .isEqualTo(Map.of("security.protocol", "SSL"));
    }

    @Test
    void aMistakeIsNamed() {
        assertThatThrownBy(() -> read("--worker-id=a b"))
                .isInstanceOf(SettingProblem.class)
                .hasMessageContaining("worker-id is 'a b'; give 1 to 64 letters");
        assertThatThrownBy(() -> read("--drain-second=4"))
                .hasMessageContaining("did you mean drain-seconds?");
        assertThatThrownBy(() -> read().model()).hasMessageContaining("no model is given");
    }
}
