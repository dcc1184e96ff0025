package dev.plimsoll.cli.runs;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.wire.kafka.Clients;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;

/**
 * Has a broker compact a topic once that is never compacted otherwise, so that records are removed
 * from its disk whose keys have newer ones.
 */
record TopicCompaction(Admin admin, Clients clients, String topic) {

    private static final Duration PATIENCE = Duration.ofMinutes(8);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration POLL = Duration.ofSeconds(2);

    /** A broker applies a topic's new settings a moment after they are decided. */
    private static final Duration APPLIED = Duration.ofSeconds(1);

    /** The cleaner looks every 15 s (log.cleaner.backoff.ms). */
    private static final Duration ROUND = Duration.ofSeconds(45);

    private static final Map<String, String> COMPACTED = Map.of(
            "cleanup.policy", "compact",
            "min.cleanable.dirty.ratio", "0.0",
            "min.compaction.lag.ms", "0",
            "delete.retention.ms", "0");

    /** What appends. */
    interface Appending {
        void run() throws ExecutionException, InterruptedException;
    }

    /** Asks whether everybody who must has read what is there. */
    interface Reading {
        void await() throws InterruptedException;
    }

    /**
     * Returns when the records are gone; throws when they are still there after minutes. Only
     * segments are compacted behind which there is another one, and only when all of what they have
     * is read.
     *
     * @param append writes a record; a broker that has not heard of the short segments yet puts it
     *     into the old one, so that it is called again
     */
    void remove(List<SampleTraces.Place> places, Appending append, Reading reading)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, NavigableSet<Long>> left = new HashMap<>();
        for (SampleTraces.Place place : places) {
            left.computeIfAbsent(place.partition(), _ -> new TreeSet<>()).add(place.offset());
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!left.isEmpty()) {
            if (System.nanoTime() > deadline) {
                throw CliFailure.input("the broker has not compacted " + topic + " in "
                        + PATIENCE.toMinutes() + " minutes; look whether its log cleaner runs, and "
                        + "give the command again");
            }
            roll(append);
            reading.await();
            alter(COMPACTED);
            try {
                awaitGone(left);
            } finally {
                alter(Map.of("cleanup.policy", "delete"));
                reset(COMPACTED.keySet().stream()
                        .filter(name -> !name.equals("cleanup.policy"))
                        .toList());
            }
        }
    }

    private void roll(Appending append) throws ExecutionException, InterruptedException {
        alter(Map.of("segment.ms", "1"));
        try {
            Thread.sleep(APPLIED);
            append.run();
        } finally {
            reset(List.of("segment.ms"));
        }
    }

    /** Takes out what is gone within one round of the broker's cleaner. */
    private void awaitGone(Map<TopicPartition, NavigableSet<Long>> left)
            throws InterruptedException {
        try (Consumer<byte[], byte[]> reader = clients.reader("plimsoll-forget")) {
            long deadline = System.nanoTime() + ROUND.toNanos();
            while (!left.isEmpty() && System.nanoTime() < deadline) {
                left.forEach((partition, offsets) -> removeGone(reader, partition, offsets));
                left.values().removeIf(Set::isEmpty);
                Thread.sleep(left.isEmpty() ? Duration.ZERO : LOOK);
            }
        }
    }

    /** What the broker passes over when it is read is gone. Ends at the first that is there. */
    private static void removeGone(
            Consumer<byte[], byte[]> reader, TopicPartition partition, NavigableSet<Long> offsets) {
        reader.assign(List.of(partition));
        boolean answered = true;
        while (answered && !offsets.isEmpty()) {
            long first = offsets.first();
            reader.seek(partition, first);
            Set<Long> there = new HashSet<>();
            for (ConsumerRecord<byte[], byte[]> record : reader.poll(POLL).records(partition)) {
                there.add(record.offset());
            }
            long position = reader.position(partition);
            boolean isWaitedFor = offsets.headSet(position).stream().anyMatch(there::contains);
            offsets.headSet(position).removeIf(offset -> !there.contains(offset));
            answered = position > first && !isWaitedFor;
        }
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
