package dev.plimsoll.engine.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Keeps the engine's own warnings, in the words of the log. */
final class LogWarnings extends Handler {

    private final List<String> warnings = new ArrayList<>();
    private final SimpleFormatter formatter = new SimpleFormatter();

    private static final String OURS = "dev.plimsoll.";

    /** Keeps those that are logged from here on. */
    static LogWarnings keep() {
        LogWarnings kept = new LogWarnings();
        Logger.getLogger("").addHandler(kept);
        return kept;
    }

    synchronized List<String> list() {
        return List.copyOf(warnings);
    }

    @Override
    public synchronized void publish(LogRecord event) {
        if (event.getLevel().intValue() >= Level.WARNING.intValue()
                && String.valueOf(event.getSourceClassName()).startsWith(OURS)) {
            warnings.add(formatter.formatMessage(event));
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
