package dev.plimsoll.wire.kafka;

import dev.plimsoll.wire.settings.ClientCatalogue;
import dev.plimsoll.wire.settings.SettingProblem;
import dev.plimsoll.wire.settings.SettingValues;
import dev.plimsoll.wire.settings.SettingValues.Source;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The client settings of Kafka that every role and command uses, such as security.protocol. Of
 * several values the first of these holds: command line, environment, file.
 */
public final class ClientSettings {

    private static final String BOOTSTRAP_SERVERS = "bootstrap.servers";
    private static final String PREFIX = ClientCatalogue.KAFKA_VARIABLES;

    private ClientSettings() {}

    /**
     * Clients as the settings say; throws {@link SettingProblem} when no broker is named anywhere,
     * and when the file cannot be read.
     *
     * @param commandLine by Kafka's own names
     */
    public static Clients require(
            SettingValues values,
            Map<String, String> commandLine,
            Map<String, String> environment) {
        return find(values, commandLine, environment)
                .orElseThrow(() -> SettingProblem.ofUsage("no broker is given; use "
                        + ClientCatalogue.BOOTSTRAP.option()
                        + " HOST:PORT or set " + ClientCatalogue.BOOTSTRAP_VARIABLE));
    }

    /** The same; empty when no broker is named anywhere. */
    public static Optional<Clients> find(
            SettingValues values,
            Map<String, String> commandLine,
            Map<String, String> environment) {
        Map<String, String> file = values.given(ClientCatalogue.KAFKA_CONFIG)
                .map(ClientSettings::read)
                .orElse(Map.of());
        Map<String, String> variables = fromVariables(environment);
        requireNoSecrets(commandLine);
        SortedMap<String, String> given = new TreeMap<>(file);
        given.putAll(variables);
        given.putAll(commandLine);
        given.remove(BOOTSTRAP_SERVERS);
        Map<String, String> settings = SettingReferences.resolved(given);
        return values.given(ClientCatalogue.BOOTSTRAP, Source.COMMAND_LINE)
                .or(() -> servers(commandLine.get(BOOTSTRAP_SERVERS)))
                .or(() -> values.given(ClientCatalogue.BOOTSTRAP, Source.ENVIRONMENT))
                .or(() -> servers(variables.get(BOOTSTRAP_SERVERS)))
                .or(() -> servers(environment.get(ClientCatalogue.BOOTSTRAP_VARIABLE)))
                .or(() -> values.given(ClientCatalogue.BOOTSTRAP, Source.FILE))
                .or(() -> servers(file.get(BOOTSTRAP_SERVERS)))
                .map(bootstrap -> new Clients(bootstrap, settings));
    }

    /** Everyone on the machine could read it. */
    private static void requireNoSecrets(Map<String, String> commandLine) {
        commandLine.forEach((name, value) -> {
            if (isSecret(name) && !SettingReferences.isReference(value)) {
                throw SettingProblem.ofUsage("the client setting " + name + " is secret, and "
                        + "everyone on this machine can read a command line; give it in the file "
                        + "of " + ClientCatalogue.KAFKA_CONFIG.option() + " or in the variable "
                        + variables(Map.of(name, "")).firstKey());
            }
        });
    }

    /** Whether the value of a client setting of Kafka must not be shown. */
    static boolean isSecret(String name) {
        return name.endsWith("password")
                || name.endsWith("jaas.config")
                || name.endsWith("keystore.key")
                || name.endsWith("secret");
    }

    private static Optional<String> servers(String text) {
        return Optional.ofNullable(text).filter(servers -> !servers.isBlank());
    }

    /** What the environment says, by Kafka's own names. */
    public static SortedMap<String, String> fromVariables(Map<String, String> environment) {
        SortedMap<String, String> settings = new TreeMap<>();
        environment.forEach((variable, value) -> {
            if (variable.startsWith(PREFIX)
                    && !variable.equals(ClientCatalogue.KAFKA_CONFIG.variable())) {
                settings.put(
                        variable.substring(PREFIX.length())
                                .replace('_', '.')
                                .toLowerCase(Locale.ROOT),
                        value);
            }
        });
        return settings;
    }

    /** The variables by which another process reads the same settings. */
    public static SortedMap<String, String> variables(Map<String, String> settings) {
        SortedMap<String, String> variables = new TreeMap<>();
        settings.forEach((name, value) ->
                variables.put(PREFIX + name.replace('.', '_').toUpperCase(Locale.ROOT), value));
        return variables;
    }

    /** Of all settings those whose names begin with "kafka.", without that. */
    public static SortedMap<String, String> among(Properties properties) {
        SortedMap<String, String> settings = new TreeMap<>();
        for (String name : properties.stringPropertyNames()) {
            if (name.startsWith("kafka.")) {
                settings.put(name.substring("kafka.".length()), properties.getProperty(name));
            }
        }
        return settings;
    }

    private static Map<String, String> read(Path file) {
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            properties.load(in);
        } catch (IOException | IllegalArgumentException e) {
            throw new SettingProblem("kafka-config is '" + file
                    + "', which cannot be read; give the path of a .properties file with client "
                    + "settings of Kafka");
        }
        SortedMap<String, String> settings = new TreeMap<>();
        properties
                .stringPropertyNames()
                .forEach(name -> settings.put(name, properties.getProperty(name).strip()));
        return settings;
    }
}
