package dev.plimsoll.wire.settings;

import dev.plimsoll.wire.settings.Setting.Default;

import java.util.List;

/** Settings of each process that runs for long: coordinator, parameter server and worker. */
public final class ProcessCatalogue {

    public static final Setting<String> LOG_LEVEL = new Setting<>(
            "log-level",
            Scope.PROCESS,
            ValueType.choice(List.of("error", "warn", "info", "debug")),
            new Default.Value("info"),
            "",
            "Logs what is of this level or a graver one; of libraries debug shows no more than "
                    + "info does.");

    public static final Setting<String> LOG_FORMAT = new Setting<>(
            "log-format",
            Scope.PROCESS,
            ValueType.choice(List.of("text", "json")),
            new Default.Value("text"),
            "",
            "Logs lines for people, or one JSON object a line.");

    private ProcessCatalogue() {}

    static List<Setting<?>> all() {
        return List.of(LOG_LEVEL, LOG_FORMAT);
    }
}
