package dev.plimsoll.worker.kafka;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.AdapterAssembly;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.time.Duration;
import java.util.Optional;
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
    private final AdapterAssembly assembly;
    private final Listener listener;
    private final AtomicLong wanted = new AtomicLong(-1);
    private long delivered = -1;
    private volatile boolean closed;

    public AdapterReader(
            Clients clients,
            Topics topics,
            String clientId,
            ShardLayout layout,
            Listener listener) {
        this.consumer = clients.reader(clientId + "-adapter");
        this.assembly = new AdapterAssembly(layout);
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
                assembly.drop(wanted.get());
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    add(record);
                }
                deliver();
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
                assembly.add(chunk);
            }
        } else if (Wire.SHARD_MANIFESTS.decode(record)
                instanceof Decoded.Ok<ShardManifest>(var manifest)) {
            assembly.add(manifest);
        }
    }

    private void deliver() {
        long version = wanted.get();
        if (version <= delivered) {
            return;
        }
        Optional<Long> whole = assembly.newestWhole(version);
        whole.ifPresent(found -> {
            delivered = found;
            listener.whole(found, assembly.take(found));
        });
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
    }
}
