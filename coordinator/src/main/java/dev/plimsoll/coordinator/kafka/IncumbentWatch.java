package dev.plimsoll.coordinator.kafka;

import dev.plimsoll.coordinator.planner.driver.DriverLimits;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.protocol.Telemetry;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tells whether another coordinator of this prefix is alive, by its beats in the topic telemetry
 * (protocol rule 13).
 */
public final class IncumbentWatch {

    /** A coordinator whose last beat is older counts as gone: six beats. */
    public static final Duration BEAT_LEASE = DriverLimits.BEAT.multipliedBy(6);

    private final Clients clients;
    private final Topics topics;

    public IncumbentWatch(Clients clients, Topics topics) {
        this.clients = clients;
        this.topics = topics;
    }

    /**
     * The beat of a live coordinator. Returns at once when there is no recent beat; otherwise waits
     * for a second one, at most until the recent one is older than the lease, so that a coordinator
     * that just died is not taken for alive.
     */
    public Optional<Telemetry.CoordinatorBeat> find() {
        try (Consumer<byte[], byte[]> reader = clients.reader("plimsoll-incumbent-watch")) {
            List<TopicPartition> partitions = Clients.partitions(reader, topics.telemetry());
            long sinceMillis = System.currentTimeMillis() - BEAT_LEASE.toMillis();
            seek(reader, partitions, sinceMillis);
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
            Watch watch = new Watch();
            while (partitions.stream().anyMatch(p -> reader.position(p) < ends.get(p))) {
                watch.take(reader.poll(Duration.ofMillis(50)));
            }
            if (watch.beats.isEmpty()) {
                return Optional.empty();
            }
            watch.beats.clear();
            // a beat's time is its writer's: it may lie in the future
            long now = System.currentTimeMillis();
            long deadline = Math.min(watch.lastMillis, now) + BEAT_LEASE.toMillis();
            while (watch.beats.isEmpty() && System.currentTimeMillis() < deadline) {
                watch.take(reader.poll(Duration.ofMillis(50)));
            }
            return watch.beats.values().stream().findFirst();
        }
    }

    private static void seek(
            Consumer<byte[], byte[]> reader, List<TopicPartition> partitions, long sinceMillis) {
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach(p -> times.put(p, sinceMillis));
        Map<TopicPartition, OffsetAndTimestamp> offsets = reader.offsetsForTimes(times);
        reader.assign(partitions);
        reader.seekToEnd(partitions);
        partitions.forEach(reader::position);
        offsets.forEach((partition, found) -> {
            if (found != null) {
                reader.seek(partition, found.offset());
            }
        });
    }

    private static final class Watch {
        private final Map<String, Telemetry.CoordinatorBeat> beats = new HashMap<>();
        private long lastMillis;

        void take(Iterable<ConsumerRecord<byte[], byte[]>> records) {
            for (ConsumerRecord<byte[], byte[]> record : records) {
                if (Wire.TELEMETRY.decode(record) instanceof Decoded.Ok<Telemetry>(var value)
                        && value instanceof Telemetry.CoordinatorBeat beat) {
                    beats.put(beat.incarnation(), beat);
                    lastMillis = Math.max(lastMillis, record.timestamp());
                }
            }
        }
    }
}
