package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.protocol.StatePlace;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.StateAssembly;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.worker.loop.Action;
import dev.plimsoll.worker.loop.Input;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.util.Optional;
import java.util.SplittableRandom;

/** A worker's reader of states: a few records of each shard at a time. */
final class SimStateReader {
    private final SimWorld world;
    private final SplittableRandom random;
    private Action.ReadState asked;
    private StateAssembly assembly;
    private long[] adapterAt;
    private long[] optimizerAt;

    SimStateReader(SimWorld world, SplittableRandom random) {
        this.world = world;
        this.random = random;
    }

    void ask(Action.ReadState action) {
        asked = action;
        assembly = new StateAssembly(world.layout, action.atLeast());
        adapterAt = new long[world.layout.shards()];
        optimizerAt = new long[world.layout.shards()];
        for (StatePlace place : action.places()) {
            adapterAt[place.shard()] = place.adapterOffset();
            optimizerAt[place.shard()] = place.optimizerOffset();
        }
    }

    Optional<Input> act() {
        if (asked == null) {
            return Optional.empty();
        }
        for (int shard = 0; shard < world.layout.shards(); shard++) {
            read(world.kafka.states.get(shard), shard);
        }
        Optional<Input> read = world.plant == Plant.STATE_TORN_BETWEEN_SHARDS
                ? newestOfEach()
                : assembly.newestWhole().map(this::taken);
        if (read.isPresent()) {
            asked = null;
        }
        return read;
    }

    private void read(SimStates states, int shard) {
        int most = 1 + random.nextInt(60);
        for (int i = 0; i < most && adapterAt[shard] < states.adapter().size(); i++) {
            switch (states.adapter().get((int) adapterAt[shard]++)) {
                case TensorChunk chunk -> assembly.add(chunk);
                case ShardManifest manifest -> assembly.add(manifest);
                case ConsumerRecord<?, ?> record -> ofStranger(record);
                case null, default -> {}
            }
        }
        for (int i = 0; i < 2 * most && optimizerAt[shard] < states.optimizer().size(); i++) {
            TensorChunk chunk = states.optimizer().get((int) optimizerAt[shard]++);
            if (chunk != null) {
                assembly.add(chunk);
            }
        }
    }

    /** As {@code StateReader} takes it, if the gate lets it pass. */
    @SuppressWarnings("unchecked")
    private void ofStranger(ConsumerRecord<?, ?> record) {
        ConsumerRecord<byte[], byte[]> let =
                world.gate.read((ConsumerRecord<byte[], byte[]>) record);
        if (TensorChunk.decode(let) instanceof Decoded.Ok<TensorChunk>(TensorChunk chunk)) {
            assembly.add(chunk);
        } else if (Wire.SHARD_MANIFESTS.decode(let)
                instanceof Decoded.Ok<ShardManifest>(ShardManifest manifest)) {
            assembly.add(manifest);
        }
    }

    private Input taken(long version) {
        StateAssembly.State state = assembly.take(version);
        return new Input.StateRead(
                asked.request(),
                new AdapterState(
                        version, 0, state.master(), state.firstMoment(), state.secondMoment()));
    }

    /** For {@link Plant#STATE_TORN_BETWEEN_SHARDS}: of whichever version each is. */
    private Optional<Input> newestOfEach() {
        int length = (int) world.layout.parameters();
        float[][] vectors = new float[3][length];
        long newest = 0;
        for (int shard = 0; shard < world.layout.shards(); shard++) {
            ShardState state = world.kafka.states.get(shard).newest().state();
            int start = (int) world.layout.start(shard);
            int count = state.master().length;
            System.arraycopy(state.master(), 0, vectors[0], start, count);
            System.arraycopy(state.firstMoment(), 0, vectors[1], start, count);
            System.arraycopy(state.secondMoment(), 0, vectors[2], start, count);
            newest = Math.max(newest, state.version());
        }
        return newest < asked.atLeast()
                ? Optional.empty()
                : Optional.of(new Input.StateRead(
                        asked.request(),
                        new AdapterState(newest, 0, vectors[0], vectors[1], vectors[2])));
    }
}
