package dev.plimsoll.chaos.measure;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Records every 2 s how much memory the processes take, and every 10 s how much disk the topics
 * take.
 */
public final class UsageRecorder {

    private static final long PROCESSES_MILLIS = 2_000;
    private static final long TOPICS_MILLIS = 10_000;

    private final Path broker;
    private final UsageHistory residentBytes = new UsageHistory();
    private final UsageHistory topicBytes = new UsageHistory();
    private long processesAt;
    private long topicsAt;

    /** @param broker the directory with the broker's data */
    public UsageRecorder(Path broker) {
        this.broker = broker;
    }

    public UsageHistory residentBytes() {
        return residentBytes;
    }

    public UsageHistory topicBytes() {
        return topicBytes;
    }

    /**
     * Takes a reading if one is due.
     *
     * @param pids process ids by name
     */
    public void look(Map<String, Long> pids) throws IOException {
        long now = System.currentTimeMillis();
        if (now - processesAt >= PROCESSES_MILLIS) {
            processesAt = now;
            pids.forEach((name, pid) -> {
                long bytes = MachineUsage.residentBytes(pid);
                if (bytes >= 0) {
                    residentBytes.add(name, now, bytes);
                }
            });
        }
        if (now - topicsAt >= TOPICS_MILLIS) {
            topicsAt = now;
            MachineUsage.topicBytes(broker)
                    .forEach((topic, bytes) -> topicBytes.add(topic, now, bytes));
        }
    }
}
