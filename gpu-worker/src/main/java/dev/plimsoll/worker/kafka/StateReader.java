package dev.plimsoll.worker.kafka;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.protocol.StatePlace;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.StateAssembly;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the topics {@code adapter} and {@code optimizer} when it is asked to, until a wanted state
 * is whole (protocol rule 10), also one that is not written yet.
 */
public final class StateReader extends RequestReader<StateReader.Request> {

    /** Called on the reader's thread. The arrays are not used again by the reader. */
    public interface Listener {
        void whole(long request, StateAssembly.State state);
    }

    record Request(long number, long atLeast, List<StatePlace> places) {}

    private static final Duration FETCH_WAIT = Duration.ofMillis(100);
    private static final Duration POLL = Duration.ofMillis(100);

    private final Consumer<byte[], byte[]> consumer;
    private final Topics topics;
    private final ShardLayout layout;
    private final Listener listener;

    public StateReader(
            Clients clients,
            Topics topics,
            String clientId,
            ShardLayout layout,
            Listener listener) {
        this(clients.stretchReader(clientId + "-state", FETCH_WAIT), topics, layout, listener);
    }

    private StateReader(
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

    /** Any thread. A request before this one is not answered any more. */
    public void request(long number, long atLeast, List<StatePlace> places) {
        add(new Request(number, atLeast, places));
    }

    @Override
    void answer(Request request) {
        StateAssembly assembly = new StateAssembly(layout, request.atLeast());
        begin(request);
        while (!isClosed() && isLast()) {
            boolean news = poll(assembly);
            if (news && assembly.newestWhole().isPresent()) {
                consumer.assign(List.of());
                listener.whole(
                        request.number(), assembly.take(assembly.newestWhole().get()));
                return;
            }
        }
    }

    private void begin(Request request) {
        Map<TopicPartition, Long> places = new HashMap<>();
        for (int shard = 0; shard < layout.shards(); shard++) {
            places.put(new TopicPartition(topics.adapter(), shard), 0L);
            places.put(new TopicPartition(topics.optimizer(), shard), 0L);
        }
        for (StatePlace place : request.places()) {
            places.put(new TopicPartition(topics.adapter(), place.shard()), place.adapterOffset());
            places.put(
                    new TopicPartition(topics.optimizer(), place.shard()), place.optimizerOffset());
        }
        consumer.assign(places.keySet());
        places.forEach(consumer::seek);
    }

    private boolean poll(StateAssembly assembly) {
        try {
            var records = consumer.poll(POLL);
            records.forEach(record -> add(record, assembly));
            return !records.isEmpty();
        } catch (OffsetOutOfRangeException e) {
            consumer.seekToBeginning(e.partitions());
            return false;
        }
    }

    /** A damaged chunk makes no state whole; the next state replaces it. */
    private static void add(ConsumerRecord<byte[], byte[]> record, StateAssembly assembly) {
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
}
