package dev.plimsoll.worker.kafka;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.worker.loop.AdapterHandover;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Follows the compacted adapter topic from its beginning and hands over each wanted version once it
 * is whole (protocol rule 10).
 */
public final class AdapterReader implements Runnable, AutoCloseable {

    /** Called on the reader's thread. {@code flat} is not used again by the reader. */
    public interface Listener {
        void whole(long version, float[] flat);
    }

    private static final Duration POLL = Duration.ofMillis(20);

    private final Consumer<byte[], byte[]> consumer;
    private final AdapterHandover handover;
    private final Listener listener;
    private final AtomicLong wanted = new AtomicLong(-1);
    private volatile boolean closed;

    public AdapterReader(
            Clients clients,
            Topics topics,
            String clientId,
            ShardLayout layout,
            Listener listener) {
        this.consumer = clients.reader(clientId + "-adapter");
        this.handover = new AdapterHandover(layout);
        this.listener = listener;
        var partitions = Clients.partitions(consumer, topics.adapter());
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /** Any thread: this version, or a newer whole one. */
    public void want(long version) {
        wanted.accumulateAndGet(version, Math::max);
    }

    @Override
    public void run() {
        try (consumer) {
            while (!closed) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    add(record);
                }
                handover.due(wanted.get())
                        .ifPresent(due -> listener.whole(due, handover.take(due)));
            }
        } catch (org.apache.kafka.common.errors.WakeupException e) {
            if (!closed) {
                throw e;
            }
        }
    }

    /** A damaged chunk makes no version whole; the next version replaces it. */
    private void add(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            return;
        }
        if (TensorChunk.isChunk(record)) {
            if (TensorChunk.decode(record) instanceof Decoded.Ok<TensorChunk>(TensorChunk chunk)) {
                handover.read(chunk);
            }
        } else if (Wire.SHARD_MANIFESTS.decode(record)
                instanceof Decoded.Ok<ShardManifest>(var manifest)) {
            handover.read(manifest);
        }
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
    }
}
