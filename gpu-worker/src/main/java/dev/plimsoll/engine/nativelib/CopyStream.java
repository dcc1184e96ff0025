package dev.plimsoll.engine.nativelib;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * A second stream that copies between the device and pinned host memory while PyTorch's (the
 * default one) computes, and the events that order the two.
 */
public final class CopyStream implements AutoCloseable {

    // cuda_runtime_api.h
    private static final int NON_BLOCKING = 1;
    private static final int WITHOUT_TIMING = 2;
    private static final int WITH_TIMING = 0;
    private static final int ANY_DIRECTION = 4;

    /** A mark in a stream; owned by whoever made it. */
    public final class Event implements AutoCloseable {
        private final MemorySegment handle;

        private Event(MemorySegment handle) {
            this.handle = handle;
        }

        /** After all that the default stream has been given so far. */
        public void recordComputed() {
            ForeignLibrary.check("cudaEventRecord", eventRecord, handle, MemorySegment.NULL);
        }

        /** Any thread: waits until what it marks is done. */
        public void await() {
            ForeignLibrary.check("cudaEventSynchronize", eventSynchronize, handle);
        }

        private void recordCopied() {
            ForeignLibrary.check("cudaEventRecord", eventRecord, handle, stream);
        }

        /**
         * Time from another event to this one, both recorded with timing and behind the host's last
         * wait.
         */
        public double millisSince(Event earlier) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment value = arena.allocate(ValueLayout.JAVA_FLOAT);
                ForeignLibrary.check(
                        "cudaEventElapsedTime", elapsed, value, earlier.handle, handle);
                return value.get(ValueLayout.JAVA_FLOAT, 0);
            }
        }

        @Override
        public void close() {
            ForeignLibrary.check("cudaEventDestroy", eventDestroy, handle);
        }
    }

    private final MethodHandle eventCreate;
    private final MethodHandle eventRecord;
    private final MethodHandle eventDestroy;
    private final MethodHandle eventSynchronize;
    private final MethodHandle elapsed;
    private final MethodHandle streamWait;
    private final MethodHandle streamSynchronize;
    private final MethodHandle streamDestroy;
    private final MethodHandle copy;
    private final MethodHandle copyPeer;
    private final PinnedMemory pinnedMemory;
    private final MemorySegment stream;

    private CopyStream(ForeignLibrary cudart) {
        eventCreate = cudart.function(
                "cudaEventCreateWithFlags", ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        eventRecord = cudart.function("cudaEventRecord", ValueLayout.ADDRESS, ValueLayout.ADDRESS);
        eventDestroy = cudart.function("cudaEventDestroy", ValueLayout.ADDRESS);
        elapsed = cudart.function(
                "cudaEventElapsedTime",
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS);
        streamWait = cudart.function(
                "cudaStreamWaitEvent",
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT);
        eventSynchronize = cudart.function("cudaEventSynchronize", ValueLayout.ADDRESS);
        streamSynchronize = cudart.function("cudaStreamSynchronize", ValueLayout.ADDRESS);
        streamDestroy = cudart.function("cudaStreamDestroy", ValueLayout.ADDRESS);
        copy = cudart.function(
                "cudaMemcpyAsync",
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS);
        copyPeer = cudart.function(
                "cudaMemcpyPeerAsync",
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS);
        pinnedMemory = PinnedMemory.of(cudart);
        MethodHandle create = cudart.function(
                "cudaStreamCreateWithFlags", ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        stream = made("cudaStreamCreateWithFlags", create, NON_BLOCKING);
    }

    /** Needs the CUDA runtime that PyTorch has loaded. */
    public static Optional<CopyStream> open() {
        return LoadedLibraries.find("libcudart")
                .flatMap(path -> ForeignLibrary.open(path.toString()))
                .map(CopyStream::new);
    }

    public Event event() {
        return new Event(made("cudaEventCreateWithFlags", eventCreate, WITHOUT_TIMING));
    }

    public Event timedEvent() {
        return new Event(made("cudaEventCreateWithFlags", eventCreate, WITH_TIMING));
    }

    /** Copies after the default stream has done what it was given so far; returns at once. */
    public void copyAfterCompute(long to, long from, long bytes, Event copied) {
        copied.recordComputed();
        ForeignLibrary.check("cudaStreamWaitEvent", streamWait, stream, copied.handle, 0);
        ForeignLibrary.check("cudaMemcpyAsync", copy, to, from, bytes, ANY_DIRECTION, stream);
        copied.recordCopied();
    }

    /** What is copied from here on comes behind an event, of this device or another. */
    public void after(Event event) {
        ForeignLibrary.check("cudaStreamWaitEvent", streamWait, stream, event.handle, 0);
    }

    /**
     * Copies from one device to another, through host memory where there is no other way; returns
     * at once.
     */
    public void copyBetween(
            long to, int toDevice, long from, int fromDevice, long bytes, Event copied) {
        ForeignLibrary.check(
                "cudaMemcpyPeerAsync", copyPeer, to, toDevice, from, fromDevice, bytes, stream);
        copied.recordCopied();
    }

    /** The default stream goes on only when the copy has ended. */
    public void computeAfterCopy(Event copied) {
        ForeignLibrary.check(
                "cudaStreamWaitEvent", streamWait, MemorySegment.NULL, copied.handle, 0);
    }

    /** Waits until every copy has ended. */
    public void finish() {
        ForeignLibrary.check("cudaStreamSynchronize", streamSynchronize, stream);
    }

    /** The address of pinned host memory; unlike PyTorch's pinned memory it has just this size. */
    public long allocatePinned(long bytes) {
        return pinnedMemory.allocate(bytes);
    }

    /** Pinned memory as Java sees it; valid until it is freed. */
    @SuppressWarnings("restricted") // an address that the CUDA runtime made
    public static MemorySegment pinned(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    public void freePinned(long address) {
        pinnedMemory.free(address);
    }

    @Override
    public void close() {
        finish();
        ForeignLibrary.check("cudaStreamDestroy", streamDestroy, stream);
    }

    private static MemorySegment made(String what, MethodHandle create, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment holder = arena.allocate(ValueLayout.ADDRESS);
            ForeignLibrary.check(what, create, holder, flags);
            return holder.get(ValueLayout.ADDRESS, 0);
        }
    }
}
