package dev.plimsoll.coordinator.parameters.kafka;

import dev.plimsoll.coordinator.parameters.SumOnArrival;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.List;

/** Feeds a sum with the contributions to one shard as they arrive. */
final class GradientTail implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(5);
    /** What is named is there already. */
    private static final long PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();

    private final Consumer<byte[], byte[]> consumer;
    private final TopicPartition partition;
    private SumOnArrival sum;

    /** @param consumer to be closed by this */
    GradientTail(Consumer<byte[], byte[]> consumer, TopicPartition partition) {
        this.consumer = consumer;
        this.partition = partition;
    }

    void follow(SumOnArrival next, long fromOffset) {
        sum = next;
        consumer.assign(List.of(partition));
        consumer.seek(partition, fromOffset);
    }

    boolean isFollowing() {
        return sum != null && sum.wantsMore();
    }

    /** The sum that is followed. */
    SumOnArrival sum() {
        return sum;
    }

    /** Waits a moment; whether anything came. */
    boolean poll() {
        try {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
            records.forEach(record -> GradientReader.take(sum, record));
            return !records.isEmpty();
        } catch (OffsetOutOfRangeException e) {
            sum.giveUp();
            return false;
        }
    }

    /** Everything before the offset, if it can be had. */
    void readTo(SumOnArrival wanted, long offset) {
        if (wanted != sum) {
            wanted.giveUp();
            return;
        }
        long heardNanos = System.nanoTime();
        while (isFollowing() && consumer.position(partition) < offset) {
            if (poll()) {
                heardNanos = System.nanoTime();
            } else if (System.nanoTime() - heardNanos > PATIENCE_NANOS) {
                sum.giveUp();
            }
        }
        consumer.assign(List.of());
        sum = null;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
