package dev.plimsoll.worker.shell;

import static org.assertj.core.api.Assertions.assertThat;

import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.Test;

import java.util.logging.Level;

class KafkaWarningsTest {

    private static final String CLIENT = "org.apache.kafka.clients.NetworkClient";

    private final KafkaWarnings filter = new KafkaWarnings();

    private static ExtLogRecord line(String logger, Level level, long millis) {
        ExtLogRecord line =
                new ExtLogRecord(level, "it is away", KafkaWarningsTest.class.getName());
        line.setLoggerName(logger);
        line.setMillis(millis);
        return line;
    }

    @Test
    void oneWarningAMinutePassesAndSaysHowManyDidNot() {
        assertThat(filter.isLoggable(line(CLIENT, Level.WARNING, 0))).isTrue();
        assertThat(filter.isLoggable(line(CLIENT, Level.WARNING, 100))).isFalse();
        assertThat(filter.isLoggable(line(CLIENT, Level.INFO, 200))).isFalse();
        ExtLogRecord later = line(CLIENT, Level.WARNING, 60_000);
        assertThat(filter.isLoggable(later)).isTrue();
        assertThat(later.getFormattedMessage())
                .isEqualTo("it is away (and 2 more warnings of this kind in between)");
    }

    @Test
    void errorsAndOurOwnLinesPass() {
        for (int i = 0; i < 3; i++) {
            assertThat(filter.isLoggable(line(CLIENT, Level.SEVERE, i))).isTrue();
            assertThat(filter.isLoggable(line("dev.plimsoll.x", Level.WARNING, i)))
                    .isTrue();
        }
    }
}
