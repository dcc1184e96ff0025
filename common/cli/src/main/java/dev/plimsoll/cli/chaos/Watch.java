package dev.plimsoll.cli.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Looks now and then at what the processes and the topics take. */
final class Watch {

    private static final long PROCESSES_MILLIS = 2_000;
    private static final long TOPICS_MILLIS = 10_000;

    private final Path broker;
    private final Footprint residentBytes = new Footprint();
    private final Footprint topicBytes = new Footprint();
    private long processesAt;
    private long topicsAt;

    /** @param broker its data */
    Watch(Path broker) {
        this.broker = broker;
    }

    Footprint residentBytes() {
        return residentBytes;
    }

    Footprint topicBytes() {
        return topicBytes;
    }

    /** @param pids by process */
    void look(Map<String, Long> pids) throws IOException {
        long now = System.currentTimeMillis();
        if (now - processesAt >= PROCESSES_MILLIS) {
            processesAt = now;
            pids.forEach((name, pid) -> {
                long bytes = Gauge.residentBytes(pid);
                if (bytes >= 0) {
                    residentBytes.add(name, now, bytes);
                }
            });
        }
        if (now - topicsAt >= TOPICS_MILLIS) {
            topicsAt = now;
            Gauge.topicBytes(broker).forEach((topic, bytes) -> topicBytes.add(topic, now, bytes));
        }
    }
}
