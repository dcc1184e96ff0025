package dev.plimsoll.engine.device;

import dev.plimsoll.engine.nativelib.CopyStream;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;

import java.util.HashMap;
import java.util.Map;

/**
 * Layer inputs that wait for the backward pass in host memory, copied while the device computes.
 */
public interface LayerOffload extends AutoCloseable {

    /** Starts to copy an input to a place; it may be freed after {@link #settle}. */
    void save(int place, Tensor x, long bytes);

    /** Whatever the device is given from here on comes after the copy to or from this place. */
    void settle(int place);

    /** Starts to copy the input of a place back into a buffer of the device. */
    void fetch(int place, Tensor into, long bytes);

    /** What may still lie at a place is not fetched any more. */
    default void drop(int place) {}

    /**
     * So many places, for inputs of at most so many bytes; called before a micro-batch begins. A
     * {@link CardFullException} where the host has no room.
     */
    void reserve(int places, long bytes);

    /**
     * Takes host memory for so many bytes of inputs beforehand, as far as the host can well spare
     * it.
     */
    default void prepare(long bytes) {}

    /** Between steps: takes host memory for somewhat more than was needed so far. */
    default void betweenSteps() {}

    /** Host memory that is held for inputs, whether any lie there or not. */
    default long pinnedBytes() {
        return 0;
    }

    @Override
    void close();

    /** On a CPU: copies, so that the same paths run. */
    record Copies(LlamaScript script, Map<Integer, HeldScope> scopes, Map<Integer, Tensor> values)
            implements LayerOffload {

        public Copies(LlamaScript script) {
            this(script, new HashMap<>(), new HashMap<>());
        }

        @Override
        public void save(int place, Tensor x, long bytes) {
            HeldScope scope = new HeldScope(script, dev.plimsoll.engine.device.Account.NONE);
            scopes.put(place, scope);
            values.put(place, script.onHost(scope.scope(), x));
        }

        @Override
        public void settle(int place) {}

        @Override
        public void fetch(int place, Tensor into, long bytes) {
            script.put(into, 0, 0, values.remove(place));
            scopes.remove(place).close();
        }

        @Override
        public void drop(int place) {
            values.remove(place);
            HeldScope scope = scopes.remove(place);
            if (scope != null) {
                scope.close();
            }
        }

        @Override
        public void reserve(int places, long bytes) {
            close();
        }

        @Override
        public void close() {
            scopes.values().forEach(HeldScope::close);
            scopes.clear();
            values.clear();
        }
    }

    /**
     * Pinned memory, on a stream of its own. Memory is pinned at the start and between steps; in
     * the middle of a step only before a micro-batch that needs more than any before.
     */
    final class Pinned implements LayerOffload {
        /** At the start other workers of the machine come for theirs, too. */
        private static final int PART_AT_START = 8;

        private static final int PART_BETWEEN_STEPS = 2;

        private final LlamaScript script;
        private final CopyStream stream;
        private final PinnedSlab slab;
        private final Map<Integer, CopyStream.Event> copied = new HashMap<>();
        private long placeBytes;
        private long largest;

        Pinned(LlamaScript script, CopyStream stream) {
            this.script = script;
            this.stream = stream;
            this.slab = new PinnedSlab(new PinnedSlab.Pins() {
                @Override
                public long pin(long bytes) {
                    return stream.allocatePinned(bytes);
                }

                @Override
                public void unpin(long address) {
                    stream.freePinned(address);
                }

                @Override
                public long availableBytes() {
                    return MainMemory.availableBytes();
                }
            });
        }

        @Override
        public void reserve(int places, long bytes) {
            placeBytes = bytes;
            largest = Math.max(largest, places * bytes);
            slab.require(places * bytes);
        }

        @Override
        public void prepare(long bytes) {
            if (slab.bytes() == 0) {
                slab.growWithin(bytes, PART_AT_START);
            }
        }

        @Override
        public void betweenSteps() {
            slab.growWithin(largest + largest / 4, PART_BETWEEN_STEPS);
        }

        @Override
        public long pinnedBytes() {
            return slab.bytes();
        }

        @Override
        public void save(int place, Tensor x, long bytes) {
            long device = script.address(x);
            slab.pieces(
                    place * placeBytes,
                    bytes,
                    (host, from, length) ->
                            stream.copyAfterCompute(host, device + from, length, event(place)));
        }

        @Override
        public void settle(int place) {
            stream.computeAfterCopy(event(place));
        }

        @Override
        public void fetch(int place, Tensor into, long bytes) {
            long device = script.address(into);
            slab.pieces(
                    place * placeBytes,
                    bytes,
                    (host, from, length) ->
                            stream.copyAfterCompute(device + from, host, length, event(place)));
        }

        private CopyStream.Event event(int place) {
            return copied.computeIfAbsent(place, p -> stream.event());
        }

        @Override
        public void close() {
            stream.finish();
            slab.close();
            copied.values().forEach(CopyStream.Event::close);
            copied.clear();
            stream.close();
        }
    }
}
