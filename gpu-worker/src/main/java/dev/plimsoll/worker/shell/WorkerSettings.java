package dev.plimsoll.worker.shell;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.ClientSettings;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.process.LogProperties;
import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.ClientCatalogue;
import dev.plimsoll.wire.settings.ProcessArguments;
import dev.plimsoll.wire.settings.ProcessCatalogue;
import dev.plimsoll.wire.settings.RunCatalogue;
import dev.plimsoll.wire.settings.Setting;
import dev.plimsoll.wire.settings.SettingProblem;
import dev.plimsoll.wire.settings.SettingValues;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** What a worker is told at its start. Everything about the run itself it learns from Kafka. */
record WorkerSettings(SettingValues values, Clients clients) {

    /** What the engine reads from system properties, wherever in it that is needed. */
    private static final List<Setting<?>> OF_ENGINE = List.of(
            WorkerCatalogue.COMPOSED,
            WorkerCatalogue.SIMULATED_OTHERS_FILE,
            WorkerCatalogue.CUDART,
            WorkerCatalogue.NVRTC);

    /**
     * Reads arguments, system properties {@code plimsoll.*} and {@code kafka.*}, variables
     * {@code PLIMSOLL_*}, and the files that they name. Throws {@link SettingProblem}.
     */
    static WorkerSettings read(
            Properties properties, Map<String, String> environment, String... arguments) {
        SettingValues values = SettingValues.read(
                Catalogue.WORKER, ProcessArguments.read(properties, arguments), environment);
        return new WorkerSettings(
                values,
                ClientSettings.require(values, ClientSettings.among(properties), environment));
    }

    /** The value that was given, else the setting's default. */
    <T> T get(Setting<T> setting) {
        return values.get(setting);
    }

    Topics topics() {
        return new Topics(get(ClientCatalogue.PREFIX));
    }

    Path model() {
        return values.given(RunCatalogue.MODEL)
                .orElseThrow(() -> new SettingProblem(
                        "no model is given; use --model DIR, a directory as Hugging Face lays it "
                                + "out"));
    }

    String workerId() {
        return values.given(WorkerCatalogue.WORKER_ID)
                .orElseGet(() -> hostName() + "-" + ProcessHandle.current().pid());
    }

    EngineOptions engine() {
        return new EngineOptions(
                get(WorkerCatalogue.DEVICE),
                get(WorkerCatalogue.PRECISION),
                get(WorkerCatalogue.THREADS),
                get(WorkerCatalogue.SIMULATED_CARD_BYTES),
                get(WorkerCatalogue.OPTIMIZER_ON),
                values.given(WorkerCatalogue.DEVICES).orElse(List.of()));
    }

    /** Lets engine and logs find the settings that they read from system properties. */
    void publish() {
        LogProperties.publish(LogProperties.of(
                get(ProcessCatalogue.LOG_LEVEL),
                get(ProcessCatalogue.LOG_FORMAT),
                Map.of("role", "worker", "prefix", topics().prefix(), "worker", workerId())));
        Map<String, String> given = values.texts();
        OF_ENGINE.stream()
                .map(Setting::name)
                .filter(given::containsKey)
                .forEach(name -> System.setProperty("plimsoll." + name, given.get(name)));
    }

    private static String hostName() {
        try {
            String name = InetAddress.getLocalHost().getHostName();
            // with the process's number it is an id of at most 64 characters
            return name.substring(0, Math.min(name.length(), 48))
                    .replaceAll("[^A-Za-z0-9._-]", "-");
        } catch (UnknownHostException e) {
            return "worker";
        }
    }
}
