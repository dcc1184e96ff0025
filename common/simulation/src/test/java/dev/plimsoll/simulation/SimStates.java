package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.wire.protocol.StatePlace;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One shard's partitions of the topics adapter and optimizer. A null was compacted away. */
final class SimStates {
    /** What compaction leaves alone. */
    private static final int ACTIVE_RECORDS = 8;

    private final ShardLayout layout;
    /** Chunks and manifests, and records of strangers. */
    private final List<Object> adapter = new ArrayList<>();

    private final List<TensorChunk> optimizer = new ArrayList<>();
    private final List<Saved> saved = new ArrayList<>();

    /** A state as it was written, and where. */
    record Saved(ShardState state, StatePlace place) {}

    SimStates(ShardLayout layout, int shard) {
        this.layout = layout;
        ShardState initial = ShardState.initial(shard, new float[layout.length(shard)]);
        write(initial, initial.manifest(layout, -1, List.of()));
    }

    /** The transaction of a whole state. */
    Saved write(ShardState state, ShardManifest manifest) {
        StatePlace place = new StatePlace(state.shard(), adapter.size(), optimizer.size());
        state.adapterChunks(layout).forEach(adapter::add);
        adapter.add(state.whole(layout, manifest));
        adapter.add(null);
        state.optimizerChunks(layout).forEach(optimizer::add);
        optimizer.add(null);
        saved.add(new Saved(state, place));
        return saved.getLast();
    }

    /** Of a version that was made and not written. */
    void add(ShardManifest manifest) {
        adapter.add(manifest);
    }

    void addOfStranger(ConsumerRecord<byte[], byte[]> record) {
        adapter.add(record);
    }

    /** What the next owner loads. */
    Saved newest() {
        return saved.getLast();
    }

    void replaceNewest(ShardState state) {
        saved.set(saved.size() - 1, new Saved(state, newest().place()));
    }

    Optional<Saved> of(long version) {
        return saved.stream().filter(is -> is.state().version() == version).findFirst();
    }

    List<Object> adapter() {
        return Collections.unmodifiableList(adapter);
    }

    List<TensorChunk> optimizer() {
        return Collections.unmodifiableList(optimizer);
    }

    /** Of each key only the newest record stays, but in the active segment. */
    void compact() {
        compact(adapter);
        compact(optimizer);
    }

    private static <T> void compact(List<T> log) {
        Set<String> keys = new HashSet<>();
        for (int at = log.size() - 1; at >= 0; at--) {
            boolean isNewest = !(log.get(at) instanceof TensorChunk chunk) || keys.add(chunk.key());
            if (!isNewest && at < log.size() - ACTIVE_RECORDS) {
                log.set(at, null);
            }
        }
    }
}
