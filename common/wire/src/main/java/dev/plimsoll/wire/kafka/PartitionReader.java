package dev.plimsoll.wire.kafka;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * Reads stretches of single partitions with a reader of its own; takes the reader's assignment
 * over.
 */
public final class PartitionReader {

    private static final Duration POLL = Duration.ofMillis(100);
    private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();

    private final org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> reader;

    public PartitionReader(org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> reader) {
        this.reader = reader;
    }

    public long beginning(TopicPartition partition) {
        return reader.beginningOffsets(List.of(partition)).get(partition);
    }

    /**
     * The end of what is committed now: a read to it sees every transaction that was complete
     * before the call.
     */
    public long end(TopicPartition partition) {
        return reader.endOffsets(List.of(partition)).get(partition);
    }

    /** All that is committed at the time of the call; returns the offset after it. */
    public long readAll(TopicPartition partition, Consumer<ConsumerRecord<byte[], byte[]>> sink) {
        long end = end(partition);
        read(partition, beginning(partition), end, sink);
        return end;
    }

    /**
     * As {@link #readAll}, where others write transactions to the partition too: theirs, while
     * open, hide what was committed behind them, so it waits until they end.
     */
    public void readAllOfSharedPartition(
            Admin admin, TopicPartition partition, Consumer<ConsumerRecord<byte[], byte[]>> sink) {
        readFromOfSharedPartition(admin, partition, beginning(partition), sink);
    }

    /** The same from an offset on. */
    public void readFromOfSharedPartition(
            Admin admin,
            TopicPartition partition,
            long from,
            Consumer<ConsumerRecord<byte[], byte[]>> sink) {
        try {
            long end = admin.listOffsets(
                            Map.of(partition, OffsetSpec.latest()),
                            new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
                    .partitionResult(partition)
                    .get()
                    .offset();
            read(partition, from, end, sink);
        } catch (ExecutionException e) {
            throw new KafkaException(
                    "the end of " + partition + " could not be read", e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    /**
     * Of the committed records in [from, to) those that are there: what was deleted or never
     * written is passed over. Where all of them are there, it asks the broker for nothing else.
     */
    public void readWhatIsThere(
            TopicPartition partition,
            long from,
            long to,
            Consumer<ConsumerRecord<byte[], byte[]>> sink) {
        if (from >= to) {
            return;
        }
        try {
            read(partition, from, to, true, sink);
        } catch (OffsetOutOfRangeException e) {
            read(
                    partition,
                    Math.max(from, beginning(partition)),
                    Math.min(to, end(partition)),
                    true,
                    sink);
        }
    }

    /**
     * The committed records in [from, to). Throws Kafka's TimeoutException when nothing moves for a
     * minute.
     */
    public void read(
            TopicPartition partition,
            long from,
            long to,
            Consumer<ConsumerRecord<byte[], byte[]>> sink) {
        read(partition, from, to, false, sink);
    }

    private void read(
            TopicPartition partition,
            long from,
            long to,
            boolean toTheEnd,
            Consumer<ConsumerRecord<byte[], byte[]>> sink) {
        if (from >= to) {
            return;
        }
        reader.assign(List.of(partition));
        reader.seek(partition, from);
        long position = from;
        long movedAt = System.nanoTime();
        while (position < to) {
            for (ConsumerRecord<byte[], byte[]> record : reader.poll(POLL).records(partition)) {
                if (record.offset() < to) {
                    sink.accept(record);
                }
            }
            // control records of transactions move the position without being returned
            long now = reader.position(partition);
            if (now > position) {
                position = now;
                movedAt = System.nanoTime();
            } else if (toTheEnd && position >= end(partition)) {
                return;
            } else if (System.nanoTime() - movedAt > PATIENCE_NANOS) {
                throw new TimeoutException(
                        "reading " + partition + " stopped at offset " + position + " of " + to);
            }
        }
    }
}
