package dev.plimsoll.worker.kafka;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.protocol.Command;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntConsumer;

/**
 * Reads lane 0 from the end found when it was opened, and the worker's lane from its end once that
 * is known. The same record is delivered once; a malformed one is reported and skipped, and the
 * planner's deadline heals the gap.
 */
public final class LaneReader implements Runnable, AutoCloseable {

    /** Where commands go, and news that concern a person. */
    public interface Listener {
        void command(Command command);

        void malformed(Decoded.Malformed<Command> problem, ConsumerRecord<byte[], byte[]> record);
    }

    private static final Duration POLL = Duration.ofMillis(50);

    private final Consumer<byte[], byte[]> consumer;
    private final String topic;
    private final Listener listener;
    private final IntConsumer laneRead;
    private final Queue<Integer> lanesToAdd = new ConcurrentLinkedQueue<>();
    private final List<TopicPartition> assigned = new ArrayList<>();
    private volatile boolean closed;

    public LaneReader(
            Clients clients,
            Topics topics,
            String clientId,
            Listener listener,
            IntConsumer laneRead) {
        this.consumer = clients.reader(clientId + "-lanes");
        this.topic = topics.commands();
        this.listener = listener;
        this.laneRead = laneRead;
        add(0);
    }

    /**
     * Any thread. {@code laneRead} is called when everything sent to the lane from then on will be
     * read.
     */
    public void addLane(int lane) {
        lanesToAdd.add(
                lane); // no wakeup: it could interrupt the seek and leave the end to be found later
    }

    @Override
    public void run() {
        try (consumer) {
            while (!closed) {
                pollOnce();
            }
        }
    }

    private void pollOnce() {
        try {
            for (Integer lane = lanesToAdd.peek(); lane != null; lane = lanesToAdd.peek()) {
                add(lane);
                lanesToAdd.remove();
                laneRead.accept(lane);
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                switch (Wire.COMMANDS.decode(record)) {
                    case Decoded.Ok<Command>(Command command) -> listener.command(command);
                    case Decoded.Malformed<Command> malformed -> {
                        if (!Seal.isForeign(record)) {
                            listener.malformed(malformed, record);
                        }
                    }
                }
            }
        } catch (org.apache.kafka.common.errors.WakeupException e) {
            // the reader is being closed: the loop looks
        }
    }

    private void add(int lane) {
        TopicPartition partition = new TopicPartition(topic, Topics.lanePartition(lane));
        if (!assigned.contains(partition)) {
            assigned.add(partition);
            List<Long> positions = positionsOfAllBut(partition);
            consumer.assign(assigned);
            for (int i = 0; i < assigned.size() - 1; i++) {
                consumer.seek(assigned.get(i), positions.get(i));
            }
            consumer.seekToEnd(List.of(partition));
            consumer.position(partition, Duration.ofSeconds(30));
        }
    }

    private List<Long> positionsOfAllBut(TopicPartition added) {
        List<Long> positions = new ArrayList<>();
        for (TopicPartition partition : assigned) {
            if (!partition.equals(added)) {
                positions.add(consumer.position(partition));
            }
        }
        return positions;
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
    }
}
