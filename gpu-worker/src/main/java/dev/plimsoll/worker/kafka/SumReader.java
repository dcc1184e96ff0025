package dev.plimsoll.worker.kafka;

import dev.plimsoll.engine.WireVector;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.SumAssembly;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the sums of committed steps, all shards' parts at once, in the order of the requests. A sum
 * that is expected is read while it is published; what is not of the publication that is named in
 * the end is read again.
 */
public final class SumReader extends RequestReader<SumReader.Request> {

    /** Called on the reader's thread, once a request. */
    public interface Listener {
        void read(long request, WireVector sum);

        void unreadable(long request, String problem);
    }

    sealed interface Request {
        record Read(long number, SumSource source) implements Request {}

        record Follow(long step) implements Request {}
    }

    private static final Duration FETCH_WAIT = Duration.ofMillis(5);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration MOMENT = Duration.ofMillis(5);
    private static final Duration ASK = Duration.ofSeconds(5);
    /** A committed record may be seen a moment after the command that names it, not longer. */
    private static final long PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();
    /** A sum is expected when its step is given out: all of that is trained first. */
    private static final long AHEAD_NANOS = Duration.ofMinutes(10).toNanos();

    private final Consumer<byte[], byte[]> consumer;
    private final Topics topics;
    private final ShardLayout layout;
    private final Listener listener;
    /** What is read before it is asked for; null when nothing is. */
    private SumAssembly ahead;

    private long aheadNanos;
    /** Behind the sum that was read last. */
    private final Map<TopicPartition, Long> laterSums = new HashMap<>();

    public SumReader(
            Clients clients,
            Topics topics,
            String clientId,
            ShardLayout layout,
            Listener listener) {
        this(clients.stretchReader(clientId + "-sums", FETCH_WAIT), topics, layout, listener);
    }

    private SumReader(
            Consumer<byte[], byte[]> consumer,
            Topics topics,
            ShardLayout layout,
            Listener listener) {
        super(consumer);
        this.consumer = consumer;
        this.topics = topics;
        this.layout = layout;
        this.listener = listener;
    }

    /** Any thread. */
    public void request(long number, SumSource source) {
        add(new Request.Read(number, source));
    }

    /** Any thread: the sum of this step will be published. */
    public void follow(long step) {
        add(new Request.Follow(step));
    }

    @Override
    void answer(Request request) {
        switch (request) {
            case Request.Follow(long step) -> begin(step);
            case Request.Read(long number, SumSource source) -> answer(number, source);
        }
    }

    private void answer(long number, SumSource source) {
        SumAssembly sum = ahead != null && source.published() && ahead.owner() == source.owner()
                ? ahead
                : new SumAssembly(layout, source.owner());
        if (sum == ahead) {
            // what cannot be read here is looked for once more
            readTo(lasts(source, source.spans()), sum);
        }
        ahead = null;
        Optional<String> problem = read(source, sum.named(source), sum).or(sum::flaw);
        consumer.assign(List.of());
        if (source.published()) {
            lasts(source, source.spans())
                    .forEach((partition, last) -> laterSums.put(partition, last + 1));
        }
        if (problem.isPresent()) {
            listener.unreadable(number, problem.get());
        } else if (!isClosed()) {
            listener.read(number, new WireVector(sum.dtype(), sum.bytes()));
        }
    }

    /** From behind the last sum, or from the end on: what lies between is read when it is named. */
    private void begin(long step) {
        ahead = new SumAssembly(layout, step);
        aheadNanos = System.nanoTime();
        consumer.assign(List.of());
        List<TopicPartition> all = new ArrayList<>();
        for (int shard = 0; shard < layout.shards(); shard++) {
            all.add(new TopicPartition(topics.sums(), shard));
        }
        consumer.assign(all);
        for (TopicPartition partition : all) {
            if (laterSums.containsKey(partition)) {
                consumer.seek(partition, laterSums.get(partition));
            } else {
                consumer.seekToEnd(List.of(partition));
            }
        }
    }

    @Override
    boolean readAhead() {
        if (ahead == null) {
            return false;
        }
        try {
            consumer.poll(MOMENT).forEach(record -> add(record, ahead));
        } catch (OffsetOutOfRangeException e) {
            laterSums.clear(); // deleted, and so nobody's
            ahead = null;
        }
        if (System.nanoTime() - aheadNanos > AHEAD_NANOS) {
            ahead = null; // another step than was expected, perhaps
        }
        return ahead != null;
    }

    private Map<TopicPartition, Long> lasts(SumSource source, List<ChunkSpan> spans) {
        String topic = source.published() ? topics.sums() : topics.gradients();
        Map<TopicPartition, Long> lasts = new HashMap<>();
        spans.forEach(
                span -> lasts.put(new TopicPartition(topic, span.shard()), span.lastOffset()));
        return lasts;
    }

    /** Why it ended before the spans did, if it did. */
    private Optional<String> read(SumSource source, List<ChunkSpan> spans, SumAssembly sum) {
        if (spans.isEmpty()) {
            return Optional.empty();
        }
        Map<TopicPartition, Long> lasts = lasts(source, spans);
        consumer.assign(List.of()); // the same set again would stay paused
        consumer.assign(lasts.keySet());
        String topic = source.published() ? topics.sums() : topics.gradients();
        for (ChunkSpan span : spans) {
            consumer.seek(new TopicPartition(topic, span.shard()), span.firstOffset());
        }
        return readTo(lasts, sum);
    }

    private Optional<String> readTo(Map<TopicPartition, Long> lasts, SumAssembly sum) {
        long heardNanos = System.nanoTime();
        try {
            pauseRead(lasts);
            while (!lasts.isEmpty() && !isClosed()) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    add(record, sum);
                }
                pauseRead(lasts);
                if (!records.isEmpty()) {
                    heardNanos = System.nanoTime();
                } else if (System.nanoTime() - heardNanos > PATIENCE_NANOS
                        && isBeyondTheEnd(lasts)) {
                    return Optional.of("there are no such records in " + lasts.keySet());
                }
            }
            return Optional.empty();
        } catch (OffsetOutOfRangeException e) {
            return Optional.of("they are deleted: " + e.getMessage());
        }
    }

    private void pauseRead(Map<TopicPartition, Long> lasts) {
        List<TopicPartition> read = lasts.keySet().stream()
                .filter(partition -> consumer.position(partition) > lasts.get(partition))
                .toList();
        consumer.pause(read);
        lasts.keySet().removeAll(read);
    }

    /** The broker's word; while it is away nothing is known. */
    private boolean isBeyondTheEnd(Map<TopicPartition, Long> lasts) {
        try {
            Map<TopicPartition, Long> ends = consumer.endOffsets(lasts.keySet(), ASK);
            return lasts.entrySet().stream()
                    .anyMatch(last -> ends.get(last.getKey()) <= last.getValue());
        } catch (TimeoutException e) {
            return false;
        }
    }

    /** A damaged chunk is a missing one. */
    private static void add(ConsumerRecord<byte[], byte[]> record, SumAssembly sum) {
        if (record.value() != null
                && TensorChunk.isChunk(record)
                && TensorChunk.decode(record) instanceof Decoded.Ok<TensorChunk>(var chunk)) {
            sum.add(chunk);
        }
    }
}
