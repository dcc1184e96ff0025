package dev.plimsoll.cli.runs;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.wire.kafka.Clients;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.config.ConfigResource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * Has a broker compact a topic once that is never compacted otherwise, so that records are removed
 * from its disk whose keys have newer ones.
 */
record TopicCompaction(Admin admin, Clients clients, String topic) {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration POLL = Duration.ofMillis(500);

    private static final Map<String, String> COMPACTED = Map.of(
            "cleanup.policy", "compact",
            "min.cleanable.dirty.ratio", "0.0",
            "min.compaction.lag.ms", "0",
            "delete.retention.ms", "0");

    /** What is appended while this holds begins a new segment: only older ones are compacted. */
    void rollWith(Appending append) throws ExecutionException, InterruptedException {
        alter(Map.of("segment.ms", "1"));
        try {
            append.run();
        } finally {
            reset(List.of("segment.ms"));
        }
    }

    /** What appends. */
    interface Appending {
        void run() throws ExecutionException, InterruptedException;
    }

    /** Returns when the records are gone; throws when they are still there after minutes. */
    void awaitGone(List<SampleTraces.Place> places)
            throws ExecutionException, InterruptedException {
        alter(COMPACTED);
        try (Consumer<byte[], byte[]> reader = clients.reader("plimsoll-forget")) {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            List<SampleTraces.Place> left = new ArrayList<>(places);
            while (!left.isEmpty()) {
                left.removeIf(place -> !isThere(reader, place));
                if (!left.isEmpty()) {
                    if (System.nanoTime() > deadline) {
                        throw CliFailure.input("the broker has not compacted " + topic + " in "
                                + PATIENCE.toMinutes() + " minutes; look whether its log cleaner "
                                + "runs, and give the command again");
                    }
                    Thread.sleep(LOOK);
                }
            }
        } finally {
            alter(Map.of("cleanup.policy", "delete"));
            reset(COMPACTED.keySet().stream()
                    .filter(name -> !name.equals("cleanup.policy"))
                    .toList());
        }
    }

    private static boolean isThere(Consumer<byte[], byte[]> reader, SampleTraces.Place place) {
        reader.assign(List.of(place.partition()));
        reader.seek(place.partition(), place.offset());
        for (ConsumerRecord<byte[], byte[]> record :
                reader.poll(POLL).records(place.partition())) {
            return record.offset() == place.offset();
        }
        return false;
    }

    private void alter(Map<String, String> settings)
            throws ExecutionException, InterruptedException {
        change(settings.entrySet().stream()
                .map(setting -> new AlterConfigOp(
                        new ConfigEntry(setting.getKey(), setting.getValue()), OpType.SET))
                .toList());
    }

    private void reset(List<String> names) throws ExecutionException, InterruptedException {
        change(names.stream()
                .map(name -> new AlterConfigOp(new ConfigEntry(name, ""), OpType.DELETE))
                .toList());
    }

    private void change(List<AlterConfigOp> changes)
            throws ExecutionException, InterruptedException {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        admin.incrementalAlterConfigs(Map.of(resource, List.copyOf(changes)))
                .all()
                .get();
    }
}
