package dev.plimsoll.cli;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.ClientSettings;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.ClientCatalogue;
import dev.plimsoll.wire.settings.SettingValues;
import dev.plimsoll.wire.settings.SettingValues.Source;

import picocli.CommandLine.Option;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Which broker and which run, and how the broker's clients are set. */
public final class BrokerOptions extends SettingOptions {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Option(
            names = "--kafka",
            paramLabel = "KEY=VALUE",
            description = "Sets a client setting of Kafka, e.g. security.protocol=SSL; may be "
                    + "repeated. Everyone on this machine can read a command line: give "
                    + "passwords by --kafka-config or by variables such as "
                    + "PLIMSOLL_KAFKA_SASL_JAAS_CONFIG.")
    Map<String, String> kafka = new HashMap<>();

    public BrokerOptions() {
        super(Catalogue.CLIENT);
    }

    /** Whether a broker is named anywhere. */
    public boolean given() {
        return ClientSettings.find(values(), kafka, System.getenv()).isPresent();
    }

    /**
     * Whether the command line names a run or the way to its broker. What the environment or a file
     * says of every command does not count.
     */
    public boolean onCommandLine() {
        SettingValues values = values();
        return !kafka.isEmpty()
                || Stream.of(
                                ClientCatalogue.PREFIX,
                                ClientCatalogue.BOOTSTRAP,
                                ClientCatalogue.KAFKA_CONFIG)
                        .anyMatch(setting ->
                                values.given(setting, Source.COMMAND_LINE).isPresent());
    }

    public Topics topics() {
        return new Topics(values().get(ClientCatalogue.PREFIX));
    }

    /** Clients of a broker that has answered. */
    public Clients clients() {
        topics();
        Clients clients = ClientSettings.require(values(), kafka, System.getenv());
        clients.requireReachable(PATIENCE);
        return clients;
    }

    /**
     * Throws when client settings are given, for a command that starts a broker of its own because
     * none {@link #given is given}.
     */
    public void requireNoClientSettings() {
        TreeSet<String> names =
                new TreeSet<>(ClientSettings.fromVariables(System.getenv()).keySet());
        names.addAll(kafka.keySet());
        values().given(ClientCatalogue.KAFKA_CONFIG)
                .ifPresent(_ -> names.add(ClientCatalogue.KAFKA_CONFIG.name()));
        if (!names.isEmpty()) {
            throw CliFailure.usage("client settings of Kafka are given (" + String.join(", ", names)
                    + ") but no broker; name it with --bootstrap, or leave them out, because the "
                    + "broker that is started for this run takes none");
        }
    }

    /** The same, with the broker, wherever it is named. */
    @Override
    public Map<String, String> properties() {
        Map<String, String> properties = super.properties();
        ClientSettings.find(values(), kafka, System.getenv())
                .ifPresent(clients ->
                        properties.put(ClientCatalogue.BOOTSTRAP.name(), clients.bootstrap()));
        return properties;
    }

    /**
     * For the environment of processes that are to use the same clients: what came by --kafka and
     * by this process's environment. A file of client settings they read themselves. Only their
     * owner can read their environment, and nothing of it stays on a disk.
     */
    public Map<String, String> environment() {
        Map<String, String> settings = ClientSettings.fromVariables(System.getenv());
        settings.putAll(kafka);
        return ClientSettings.variables(settings);
    }
}
