package dev.plimsoll.coordinator.shell;

import dev.plimsoll.wire.process.LogLimit;

import io.quarkus.logging.LoggingFilter;

import org.jboss.logmanager.ExtLogRecord;

import java.util.OptionalLong;
import java.util.logging.Filter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/** Of each of Kafka's loggers one warning a minute is printed, and how many were not. */
@LoggingFilter(name = "kafka-warnings")
public final class KafkaWarnings implements Filter {

    private final LogLimit limit = new LogLimit();

    @Override
    public boolean isLoggable(LogRecord line) {
        String logger = line.getLoggerName();
        if (logger == null
                || !logger.startsWith("org.apache.kafka")
                || line.getLevel().intValue() > Level.WARNING.intValue()) {
            return true;
        }
        OptionalLong held = limit.pass(logger, line.getMillis());
        if (held.orElse(0) > 0 && line instanceof ExtLogRecord extended) {
            extended.setMessage(
                    extended.getFormattedMessage() + " (and " + held.getAsLong()
                            + " more warnings of this kind in between)",
                    ExtLogRecord.FormatStyle.NO_FORMAT);
        }
        return held.isPresent();
    }
}
