package dev.plimsoll.engine.device;

import dev.plimsoll.engine.nativelib.CopyStream;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Layer inputs that wait for the backward pass in host memory, copied while the device computes.
 */
public interface LayerOffload extends AutoCloseable {

    /** Starts to copy the input of a layer away; it may be freed after {@link #settle}. */
    void save(int layer, Tensor x, long bytes);

    /** Whatever the device is given from here on comes after the copy of this layer. */
    void settle(int layer);

    /** Starts to copy the input of a layer back into a buffer of the device. */
    void fetch(int layer, Tensor into, long bytes);

    /** Room for so many inputs of so many bytes; called before the first of a pass. */
    void reserve(int layers, long bytes);

    @Override
    void close();

    /** On a CPU: copies, so that the same paths run. */
    record Copies(LlamaScript script, Map<Integer, HeldScope> scopes, Map<Integer, Tensor> values)
            implements LayerOffload {

        public Copies(LlamaScript script) {
            this(script, new HashMap<>(), new HashMap<>());
        }

        @Override
        public void save(int layer, Tensor x, long bytes) {
            HeldScope scope = new HeldScope(script, dev.plimsoll.engine.device.Account.NONE);
            scopes.put(layer, scope);
            values.put(layer, script.onHost(scope.scope(), x));
        }

        @Override
        public void settle(int layer) {}

        @Override
        public void fetch(int layer, Tensor into, long bytes) {
            script.put(into, 0, 0, values.remove(layer));
            scopes.remove(layer).close();
        }

        @Override
        public void reserve(int layers, long bytes) {
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
     * Pinned memory with a slot for each layer, on a stream of its own. Each slot is asked for by
     * itself: the system holds every other thread of the process up while it pins, and a worker
     * that is silent for longer than a lease is counted as lost.
     */
    final class Pinned implements LayerOffload {
        private final LlamaScript script;
        private final CopyStream stream;
        private final Map<Integer, CopyStream.Event> copied = new HashMap<>();
        private final List<Long> slots = new ArrayList<>();
        private long slotBytes;

        Pinned(LlamaScript script, CopyStream stream) {
            this.script = script;
            this.stream = stream;
        }

        @Override
        public void reserve(int layers, long bytes) {
            if (bytes > slotBytes) {
                free();
                slotBytes = bytes;
            }
            if (slots.size() < layers) {
                requireRoom((layers - slots.size()) * slotBytes, MainMemory.availableBytes());
            }
            while (slots.size() < layers) {
                slots.add(stream.allocatePinned(slotBytes));
            }
        }

        @Override
        public void save(int layer, Tensor x, long bytes) {
            stream.copyAfterCompute(slots.get(layer), script.address(x), bytes, event(layer));
        }

        @Override
        public void settle(int layer) {
            stream.computeAfterCopy(event(layer));
        }

        @Override
        public void fetch(int layer, Tensor into, long bytes) {
            stream.copyAfterCompute(script.address(into), slots.get(layer), bytes, event(layer));
        }

        /**
         * Pinned memory cannot be swapped out: beyond what is there the system would end processes.
         */
        static void requireRoom(long wanted, long available) {
            if (wanted > available) {
                throw new CardFullException(
                        "offloading the inputs of layers needs " + wanted
                                + " bytes of pinned host memory, and this machine has " + available
                                + " available; offload fewer layers or give the machine more "
                                + "memory",
                        wanted);
            }
        }

        private CopyStream.Event event(int layer) {
            return copied.computeIfAbsent(layer, l -> stream.event());
        }

        private void free() {
            if (!slots.isEmpty()) {
                stream.finish();
                slots.forEach(stream::freePinned);
                slots.clear();
            }
            slotBytes = 0;
        }

        @Override
        public void close() {
            free();
            copied.values().forEach(CopyStream.Event::close);
            copied.clear();
            stream.close();
        }
    }
}
