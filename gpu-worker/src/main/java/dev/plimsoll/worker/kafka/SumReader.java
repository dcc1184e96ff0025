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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the sums of committed steps, all shards' parts at once, in the order of the requests. */
public final class SumReader extends RequestReader<SumReader.Request> {

    /** Called on the reader's thread, once a request. */
    public interface Listener {
        void read(long request, WireVector sum);

        void unreadable(long request, String problem);
    }

    record Request(long number, SumSource source) {}

    private static final Duration FETCH_WAIT = Duration.ofMillis(5);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration ASK = Duration.ofSeconds(5);
    /** A committed record may be seen a moment after the command that names it, not longer. */
    private static final long PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();

    private final Consumer<byte[], byte[]> consumer;
    private final Topics topics;
    private final ShardLayout layout;
    private final Listener listener;

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
        add(new Request(number, source));
    }

    @Override
    void answer(Request request) {
        SumAssembly sum = new SumAssembly(layout, request.source().owner());
        Optional<String> problem = read(request.source(), sum).or(sum::flaw);
        if (problem.isPresent()) {
            listener.unreadable(request.number(), problem.get());
        } else if (!isClosed()) {
            listener.read(request.number(), new WireVector(sum.dtype(), sum.bytes()));
        }
    }

    /** Why it ended before the spans did, if it did. */
    private Optional<String> read(SumSource source, SumAssembly sum) {
        String topic = source.published() ? topics.sums() : topics.gradients();
        Map<TopicPartition, Long> lasts = new HashMap<>();
        source.spans()
                .forEach(span ->
                        lasts.put(new TopicPartition(topic, span.shard()), span.lastOffset()));
        consumer.assign(lasts.keySet());
        for (ChunkSpan span : source.spans()) {
            consumer.seek(new TopicPartition(topic, span.shard()), span.firstOffset());
        }
        long heardNanos = System.nanoTime();
        try {
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
        } finally {
            consumer.assign(List.of());
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
