package dev.plimsoll.wire.process;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Lets one line a minute of each logger pass and counts the others: Kafka's clients warn several
 * times a second while a broker is away. Those of their loggers that tell of that count as one.
 * Safe for use by several threads.
 */
public final class LogLimit {

    private static final long MINUTE_MILLIS = 60_000;

    private static final List<String> OF_CONNECTIONS = List.of(
            "org.apache.kafka.clients.NetworkClient",
            "org.apache.kafka.clients.Metadata",
            "org.apache.kafka.clients.FetchSessionHandler",
            "org.apache.kafka.clients.consumer.internals.",
            "org.apache.kafka.clients.producer.internals.",
            "org.apache.kafka.clients.admin.internals.");

    private static final class Logger {
        private long passedMillis;
        private long held;
    }

    private final Map<String, Logger> loggers = new HashMap<>();

    /**
     * Whether a line may pass: how many were held back since the last one that did, or empty when
     * this one is held back.
     */
    public synchronized OptionalLong pass(String logger, long nowMillis) {
        String name = OF_CONNECTIONS.stream().anyMatch(logger::startsWith)
                ? OF_CONNECTIONS.getFirst()
                : logger;
        return passNamed(name, nowMillis);
    }

    private OptionalLong passNamed(String name, long nowMillis) {
        Logger logger = loggers.get(name);
        if (logger == null) {
            logger = new Logger();
            loggers.put(name, logger);
        } else if (nowMillis - logger.passedMillis < MINUTE_MILLIS) {
            logger.held++;
            return OptionalLong.empty();
        }
        OptionalLong held = OptionalLong.of(logger.held);
        logger.passedMillis = nowMillis;
        logger.held = 0;
        return held;
    }
}
