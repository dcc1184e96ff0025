package dev.plimsoll.engine.device;

import dev.plimsoll.engine.nativelib.CopyStream;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * What layers leave and the backward pass needs, in host memory, copied while the device computes:
 * inputs, and attention's outputs beside them where a memory plan keeps these. A place is one
 * layer's and has a part for each.
 */
public interface LayerOffload extends AutoCloseable {

    /** Starts to copy a tensor to a part of a place; it may be freed after {@link #settle}. */
    void save(int place, int part, Tensor x, long bytes);

    /** Whatever the device is given from here on comes after the copies to or from this place. */
    void settle(int place);

    /** Starts to copy a part of a place back into a buffer of the device. */
    void fetch(int place, int part, Tensor into, long bytes);

    /** What may still lie at a place is not fetched any more. */
    default void drop(int place) {}

    /**
     * So many places, whose parts have at most so many bytes each; called before a micro-batch
     * begins. A {@link HostFullException} where the host has no room.
     */
    void reserve(int places, long... partBytes);

    /**
     * As {@link #reserve}, for what only saves time: false where the host cannot well spare the
     * memory.
     */
    default boolean reserveSpare(int places, long... partBytes) {
        reserve(places, partBytes);
        return true;
    }

    /**
     * Takes so many bytes of host memory beforehand, as far as the host can well spare it.
     *
     * @param mostBytes that any micro-batch will need; more is never taken beforehand
     */
    default void prepare(long bytes, long mostBytes) {}

    /** Between steps: takes host memory for somewhat more than was needed so far. */
    default void betweenSteps() {}

    /** Host memory that is held for places, whether anything lies there or not. */
    default long pinnedBytes() {
        return 0;
    }

    @Override
    void close();

    /** On a CPU: copies, so that the same paths run. */
    record Copies(LlamaScript script, Map<Part, Copy> copies) implements LayerOffload {

        private record Part(int place, int part) {}

        private record Copy(HeldScope held, Tensor value) {}

        public Copies(LlamaScript script) {
            this(script, new HashMap<>());
        }

        @Override
        public void save(int place, int part, Tensor x, long bytes) {
            HeldScope held = new HeldScope(script, Account.NONE);
            copies.put(new Part(place, part), new Copy(held, script.onHost(held.scope(), x)));
        }

        @Override
        public void settle(int place) {}

        @Override
        public void fetch(int place, int part, Tensor into, long bytes) {
            Copy copy = copies.remove(new Part(place, part));
            script.put(into, 0, 0, copy.value());
            copy.held().close();
        }

        @Override
        public void drop(int place) {
            copies.forEach((at, copy) -> {
                if (at.place() == place) {
                    copy.held().close();
                }
            });
            copies.keySet().removeIf(at -> at.place() == place);
        }

        @Override
        public void reserve(int places, long... partBytes) {
            close();
        }

        @Override
        public void close() {
            copies.values().forEach(copy -> copy.held().close());
            copies.clear();
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

        private static final System.Logger LOG = System.getLogger(Pinned.class.getName());

        private final LlamaScript script;
        private final CopyStream stream;
        private final PinnedSlab slab;
        private final Map<Integer, CopyStream.Event> copied = new HashMap<>();
        /** Where the parts of a place begin in it, and where the last one ends. */
        private long[] begins = {0};

        private long largest;
        private long most = Long.MAX_VALUE;
        private long largestRefused;

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
        public void reserve(int places, long... partBytes) {
            begins = new long[partBytes.length + 1];
            for (int part = 0; part < partBytes.length; part++) {
                begins[part + 1] = begins[part] + partBytes[part];
            }
            long bytes = places * begins[partBytes.length];
            largest = Math.max(largest, bytes);
            slab.require(bytes);
        }

        @Override
        public boolean reserveSpare(int places, long... partBytes) {
            long bytes = places * LongStream.of(partBytes).sum();
            if (!slab.requireWithin(bytes, PART_BETWEEN_STEPS)) {
                refused(bytes);
                return false;
            }
            reserve(places, partBytes);
            return true;
        }

        /** Told once for each size that is larger than all before. */
        private void refused(long bytes) {
            if (bytes > largestRefused) {
                largestRefused = bytes;
                LOG.log(
                        System.Logger.Level.WARNING,
                        "attention is computed again in the backward pass: to keep its outputs"
                                + " needs {0} MiB of pinned host memory, and this machine or its"
                                + " container has {1} MiB, of which half may be used for it; with"
                                + " more memory long sequences are faster",
                        bytes >> 20,
                        MainMemory.availableBytes() >> 20);
            }
        }

        @Override
        public void prepare(long bytes, long mostBytes) {
            most = mostBytes;
            if (slab.bytes() == 0) {
                slab.growWithin(bytes, PART_AT_START);
            }
        }

        @Override
        public void betweenSteps() {
            slab.growAhead(largest, most, PART_BETWEEN_STEPS);
        }

        @Override
        public long pinnedBytes() {
            return slab.bytes();
        }

        @Override
        public void save(int place, int part, Tensor x, long bytes) {
            long device = script.address(x);
            slab.pieces(
                    start(place, part),
                    bytes,
                    (host, from, length) ->
                            stream.copyAfterCompute(host, device + from, length, event(place)));
        }

        @Override
        public void settle(int place) {
            stream.computeAfterCopy(event(place));
        }

        @Override
        public void fetch(int place, int part, Tensor into, long bytes) {
            long device = script.address(into);
            slab.pieces(
                    start(place, part),
                    bytes,
                    (host, from, length) ->
                            stream.copyAfterCompute(device + from, host, length, event(place)));
        }

        private long start(int place, int part) {
            return place * begins[begins.length - 1] + begins[part];
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
