package dev.plimsoll.cli;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.kafka.Clients;

import picocli.CommandLine.Option;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Which broker and which run. */
public final class BrokerOptions {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Option(
            names = "--bootstrap",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:KAFKA_BOOTSTRAP_SERVERS}",
            description = "Kafka brokers, several with commas. Default: the environment's "
                    + "KAFKA_BOOTSTRAP_SERVERS.")
    String bootstrap;

    @Option(
            names = "--prefix",
            defaultValue = "plimsoll",
            description = "In front of every topic's name. Default: ${DEFAULT-VALUE}.")
    String prefix;

    @Option(
            names = "--kafka",
            paramLabel = "KEY=VALUE",
            description = "A client setting of Kafka, e.g. security.protocol=SSL; may be repeated.")
    Map<String, String> settings = new HashMap<>();

    public boolean given() {
        return bootstrap != null && !bootstrap.isBlank();
    }

    public String bootstrap() {
        if (!given()) {
            throw new CliProblem(
                    ExitCode.USAGE,
                    "no broker is given; use --bootstrap HOST:PORT or set KAFKA_BOOTSTRAP_SERVERS "
                            + "(`plimsoll demo` starts"
                            + " its own)");
        }
        return bootstrap;
    }

    public Topics topics() {
        try {
            return new Topics(prefix);
        } catch (IllegalArgumentException e) {
            throw new CliProblem(ExitCode.USAGE, e.getMessage(), e);
        }
    }

    public Map<String, String> settings() {
        return settings;
    }

    /** Clients of a broker that has answered. */
    public Clients clients() {
        topics();
        Clients clients = new Clients(bootstrap(), settings);
        clients.requireReachable(PATIENCE);
        return clients;
    }
}
