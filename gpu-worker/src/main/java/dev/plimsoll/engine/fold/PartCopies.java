package dev.plimsoll.engine.fold;

import dev.plimsoll.engine.WireVector;
import dev.plimsoll.engine.nativelib.CopyStream;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Brings parts of a vector from a device to the host while the device computes: the copies go into
 * one pinned slab, on a stream of their own, and a thread of its own waits for them. The device
 * never waits.
 */
final class PartCopies implements AutoCloseable {

    private final CopyStream stream;
    private final List<CopyStream.Event> events = new ArrayList<>();
    private long slab;
    private long slabBytes;
    private Journey underWay;

    /** One vector's parts. */
    private final class Journey implements Runnable {
        private final TensorDtype dtype;
        private final int parameters;
        private final SumParts.Listener listener;
        private final BlockingQueue<Part> parts = new LinkedBlockingQueue<>();
        private final Thread thread;
        private int begun;
        private volatile boolean cancelled;
        private volatile Throwable problem;
        private WireVector vector;

        /** Empty at the end of all. */
        private record Part(CopyStream.Event copied, int from, int to) {}

        private Journey(TensorDtype dtype, int parameters, SumParts.Listener listener) {
            this.dtype = dtype;
            this.parameters = parameters;
            this.listener = listener;
            this.thread = Thread.ofPlatform().name("engine-parts").daemon(true).unstarted(this);
        }

        @Override
        public void run() {
            try {
                // a large array takes Java as long as the copy
                vector = new WireVector(dtype, new byte[WireVectors.bytes(parameters, dtype)]);
                for (Part part = parts.take(); part.copied() != null; part = parts.take()) {
                    part.copied().await();
                    if (!cancelled) {
                        hand(part);
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                problem = e;
            } catch (RuntimeException | Error e) {
                problem = e;
            }
        }

        private void hand(Part part) {
            long at = (long) part.from() * dtype.bytes();
            long bytes = (long) (part.to() - part.from()) * dtype.bytes();
            MemorySegment.copy(
                    CopyStream.pinned(slab, slabBytes),
                    at,
                    MemorySegment.ofArray(vector.bytes()),
                    at,
                    bytes);
            listener.part(vector, part.from(), part.to());
        }

        /** Waits for all that was begun. */
        private void end() {
            parts.add(new Part(null, 0, 0));
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    PartCopies(CopyStream stream) {
        this.stream = stream;
    }

    /** The vector's parts are to follow; one vector at a time. */
    void begin(TensorDtype dtype, int parameters, SumParts.Listener listener) {
        cancel();
        long bytes = WireVectors.bytes(parameters, dtype);
        if (bytes > slabBytes) {
            freeSlab();
            slab = stream.allocatePinned(bytes);
            slabBytes = bytes;
        }
        underWay = new Journey(dtype, parameters, listener);
        underWay.thread.start();
    }

    /**
     * Begins to copy the values from one to before another, once the device has done what it was
     * given so far.
     *
     * @param vector the address of the whole vector on the device
     */
    void copy(long vector, int from, int to) {
        Journey journey = underWay;
        if (journey.begun == events.size()) {
            events.add(stream.event());
        }
        CopyStream.Event copied = events.get(journey.begun++);
        long at = (long) from * journey.dtype.bytes();
        long bytes = (long) (to - from) * journey.dtype.bytes();
        stream.copyAfterCompute(slab + at, vector + at, bytes, copied);
        journey.parts.add(new Journey.Part(copied, from, to));
    }

    /** The vector, once all parts were handed over. */
    WireVector finish() {
        Journey journey = underWay;
        underWay = null;
        journey.end();
        if (journey.problem != null) {
            throw new IllegalStateException(
                    "a gradient could not be brought to the host", journey.problem);
        }
        return journey.vector;
    }

    /** Returns when nothing is copied or handed over any more. */
    void cancel() {
        if (underWay != null) {
            Journey journey = underWay;
            underWay = null;
            journey.cancelled = true;
            journey.end();
        }
    }

    private void freeSlab() {
        if (slabBytes > 0) {
            stream.finish();
            stream.freePinned(slab);
            slabBytes = 0;
        }
    }

    @Override
    public void close() {
        cancel();
        freeSlab();
        events.forEach(CopyStream.Event::close);
        events.clear();
        stream.close();
    }
}
