package dev.plimsoll.cli;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.ClientSettings;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.ClientCatalogue;

import picocli.CommandLine.Option;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Which broker and which run, and how the broker's clients are set. */
public final class BrokerOptions extends SettingOptions {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

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
     * For the environment of processes that are to use the same clients: what came by --kafka. The
     * rest they read where this process read it. Only their owner can read their environment, and
     * nothing of it stays on a disk.
     */
    public Map<String, String> environment() {
        return ClientSettings.variables(kafka);
    }
}
