package dev.plimsoll.cli.topics;

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
import java.util.TreeSet;

/**
 * Who of a run gave a sign of life of late. Coordinator and workers give one every second. Their
 * clocks write its time, so a process whose clock is wrong may be missed.
 *
 * @param coordinator whether one is heard
 * @param workers the names of those that are heard
 */
public record LiveSigns(boolean coordinator, TreeSet<String> workers) {

    private static final Duration POLL = Duration.ofMillis(100);

    /** Those of the last seconds, and of the time that is waited for more. */
    public static LiveSigns read(Clients clients, Topics topics, Duration past, Duration wait) {
        LiveSigns none = new LiveSigns(false, new TreeSet<>());
        try (Consumer<byte[], byte[]> reader = clients.reader("plimsoll-live")) {
            // a topic that this user may not read is not the same as one that is not there
            List<TopicPartition> partitions = Clients.partitions(reader, topics.telemetry());
            if (partitions.isEmpty()) {
                return none;
            }
            seek(reader, partitions, System.currentTimeMillis() - past.toMillis());
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
            long deadline = System.nanoTime() + wait.toNanos();
            LiveSigns found = none;
            while (System.nanoTime() < deadline
                    || partitions.stream().anyMatch(p -> reader.position(p) < ends.get(p))) {
                for (ConsumerRecord<byte[], byte[]> record : reader.poll(POLL)) {
                    found = found.with(record);
                }
                if (found.coordinator && !found.workers.isEmpty()) {
                    deadline = System.nanoTime();
                }
            }
            return found;
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

    private LiveSigns with(ConsumerRecord<byte[], byte[]> record) {
        if (Wire.TELEMETRY.decode(record) instanceof Decoded.Ok<Telemetry>(Telemetry sign)) {
            return switch (sign) {
                case Telemetry.CoordinatorBeat _, Telemetry.SourcesMeasured _ ->
                    new LiveSigns(true, workers);
                case Telemetry.WorkerMeasured worker -> {
                    workers.add(worker.workerId());
                    yield this;
                }
                case Telemetry.MicroBatchMeasured _ -> this;
            };
        }
        return this;
    }

    public boolean any() {
        return coordinator || !workers.isEmpty();
    }
}
