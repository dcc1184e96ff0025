package dev.plimsoll.worker.shell;

import dev.plimsoll.engine.EngineOptions;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

/**
 * What a worker is told at its start, as system properties {@code plimsoll.*} or variables
 * {@code PLIMSOLL_*}. Everything about the run itself it learns from Kafka.
 *
 * @param drainSeconds how long it may take, once asked to stop, to end its micro-batch and
 *     contribute
 */
public record WorkerSettings(
        String bootstrap,
        String prefix,
        Path model,
        String workerId,
        EngineOptions engine,
        long drainSeconds) {

    private static final long DRAIN_SECONDS = 10;

    public WorkerSettings {
        if (!workerId.matches("[A-Za-z0-9._-]{1,64}")) {
            throw new IllegalArgumentException("worker id '" + workerId
                    + "' is not usable; use 1 to 64 letters, digits, dots, dashes or underscores");
        }
    }

    /** Throws IllegalArgumentException naming setting, value and remedy. */
    public static WorkerSettings from(Properties properties, Map<String, String> environment) {
        Lookup lookup = new Lookup(properties, environment);
        String bootstrap =
                lookup.text("bootstrap", environment.getOrDefault("KAFKA_BOOTSTRAP_SERVERS", ""));
        if (bootstrap.isBlank()) {
            throw new IllegalArgumentException(
                    "no Kafka address is given; set --bootstrap HOST:PORT or "
                            + "KAFKA_BOOTSTRAP_SERVERS");
        }
        String model = lookup.text("model", "");
        if (model.isBlank()) {
            throw new IllegalArgumentException("no model directory is given; set --model DIR");
        }
        return new WorkerSettings(
                bootstrap,
                lookup.text("prefix", "plimsoll"),
                Path.of(model),
                lookup.text(
                        "worker-id", hostName() + "-" + ProcessHandle.current().pid()),
                new EngineOptions(
                        lookup.text("device", "auto"),
                        lookup.text("precision", "auto"),
                        Math.toIntExact(lookup.number("threads", 0)),
                        lookup.number("simulated-card-bytes", 0)),
                lookup.number("drain-seconds", DRAIN_SECONDS));
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9._-]", "-");
        } catch (UnknownHostException e) {
            return "worker";
        }
    }

    private record Lookup(Properties properties, Map<String, String> environment) {

        String text(String name, String otherwise) {
            String variable =
                    "PLIMSOLL_" + name.replace('-', '_').toUpperCase(java.util.Locale.ROOT);
            String value = properties.getProperty(
                    "plimsoll." + name, environment.getOrDefault(variable, ""));
            return value.isBlank() ? otherwise : value;
        }

        long number(String name, long otherwise) {
            String value = text(name, Long.toString(otherwise));
            try {
                return Long.parseLong(value);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        name + " is '" + value + "'; give a whole number", e);
            }
        }
    }
}
