package dev.plimsoll.chaos.measure;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Looks now and then at what the processes and the topics take. */
public final class UsageRecorder {

    private static final long PROCESSES_MILLIS = 2_000;
    private static final long TOPICS_MILLIS = 10_000;

    private final Path broker;
    private final UsageHistory residentBytes = new UsageHistory();
    private final UsageHistory topicBytes = new UsageHistory();
    private long processesAt;
    private long topicsAt;

    /** @param broker its data */
    public UsageRecorder(Path broker) {
        this.broker = broker;
    }

    public UsageHistory residentBytes() {
        return residentBytes;
    }

    public UsageHistory topicBytes() {
        return topicBytes;
    }

    /** @param pids by process */
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
