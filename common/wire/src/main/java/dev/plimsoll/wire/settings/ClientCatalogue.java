package dev.plimsoll.wire.settings;

import dev.plimsoll.wire.settings.Setting.Default;

import java.nio.file.Path;
import java.util.List;

/** Settings that every command and every process reads: where the run is, and how to reach it. */
public final class ClientCatalogue {

    /** Letters of names that become parts of topic names, record keys and log lines. */
    static final String NAME = "[A-Za-z0-9._-]{1,64}";

    /** Names the broker too; Kafka's own tools and many images read it. */
    public static final String BOOTSTRAP_VARIABLE = "KAFKA_BOOTSTRAP_SERVERS";

    /** Variables that begin so are settings of the Kafka clients. */
    public static final String KAFKA_VARIABLES = Setting.PREFIX + "KAFKA_";

    static final String NAME_RANGE = "1 to 64 letters, digits, dots, dashes or underscores";

    public static final Setting<Path> CONFIG = new Setting<>(
            "config",
            Scope.CLIENT,
            ValueType.path("FILE", "the path of a YAML file"),
            new Default.Derived("no file"),
            "",
            "Reads settings from this YAML file, one `name: value` a line, by the names of this "
                    + "list.");

    public static final Setting<String> BOOTSTRAP = new Setting<>(
            "bootstrap",
            Scope.CLIENT,
            ValueType.text(
                    "HOST:PORT", "[^\\s,]+(,[^\\s,]+)*", "host:port, several with commas between"),
            new Default.Derived("the variable " + BOOTSTRAP_VARIABLE
                    + ", then bootstrap.servers of " + "the file given by kafka-config"),
            "",
            "Connects to these Kafka brokers.");

    public static final Setting<String> PREFIX = new Setting<>(
            "prefix",
            Scope.CLIENT,
            ValueType.text(
                    "NAME",
                    "[A-Za-z0-9._-]{1,100}",
                    "1 to 100 letters, digits, dots, dashes or underscores"),
            new Default.Value("plimsoll"),
            "",
            "Puts this in front of every topic's name, which keeps runs apart on one cluster.");

    public static final Setting<Path> KAFKA_CONFIG = new Setting<>(
            "kafka-config",
            Scope.CLIENT,
            ValueType.path("FILE", "the path of a .properties file"),
            new Default.Derived("no file"),
            "",
            "Reads client settings of Kafka, such as security.protocol and passwords, from this "
                    + "file.");

    private ClientCatalogue() {}

    static List<Setting<?>> all() {
        return List.of(CONFIG, BOOTSTRAP, PREFIX, KAFKA_CONFIG);
    }
}
