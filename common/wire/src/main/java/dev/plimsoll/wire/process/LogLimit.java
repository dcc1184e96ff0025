package dev.plimsoll.wire.process;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Lets one line a minute of each logger pass and counts the others: Kafka's clients warn several
 * times a second while a broker is away. Safe for use by several threads.
 */
public final class LogLimit {

    private static final long MINUTE_MILLIS = 60_000;

    private static final class Logger {
        private long passedMillis;
        private long held;
    }

    private final Map<String, Logger> loggers = new HashMap<>();

    /**
     * Whether a line may pass: how many were held back since the last one that did, or empty when
     * this one is held back.
     */
    public synchronized OptionalLong pass(String name, long nowMillis) {
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
