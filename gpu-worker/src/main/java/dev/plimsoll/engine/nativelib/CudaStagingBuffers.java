package dev.plimsoll.engine.nativelib;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * Pinned buffers on a stream of their own, with an event per buffer. The stream is one that waits
 * for the default stream, on which PyTorch allocates: so a copy never overtakes a kernel that still
 * reads memory which was freed and given anew.
 */
@SuppressWarnings("restricted") // addresses that the CUDA runtime made
public final class CudaStagingBuffers implements StagingBuffers {

    // driver_types.h
    private static final int HOST_TO_DEVICE = 1;
    private static final int DEVICE_TO_HOST = 2;
    private static final int EVENT_DISABLE_TIMING = 2;
    private static final int HOST_ALLOC_DEFAULT = 0;

    private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;

    private final ForeignLibrary library;
    private final MethodHandle copy;
    private final MethodHandle record;
    private final MethodHandle awaitEvent;
    private final MethodHandle awaitStream;
    private final List<MemorySegment> buffers = new ArrayList<>();
    private final List<MemorySegment> events = new ArrayList<>();
    private MemorySegment stream = MemorySegment.NULL;

    private CudaStagingBuffers(ForeignLibrary library) {
        this.library = library;
        copy = library.function(
                "cudaMemcpyAsync",
                ADDRESS,
                ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ADDRESS);
        record = library.function("cudaEventRecord", ADDRESS, ADDRESS);
        awaitEvent = library.function("cudaEventSynchronize", ADDRESS);
        awaitStream = library.function("cudaStreamSynchronize", ADDRESS);
    }

    /** On the calling thread, whose current device becomes this one. */
    public static CudaStagingBuffers open(int device, int count, long bytesEach) {
        ForeignLibrary library = CudaRuntime.library()
                .orElseThrow(() -> new IllegalStateException(
                        "libcudart was not found; set CUDART or -Dplimsoll.cudart to its file"));
        CudaStagingBuffers opened = new CudaStagingBuffers(library);
        try {
            opened.allocate(device, count, bytesEach);
        } catch (RuntimeException e) {
            CudaRuntime.forget(library);
            opened.close();
            throw e;
        }
        return opened;
    }

    private void allocate(int device, int count, long bytesEach) {
        ForeignLibrary.check(
                "cudaSetDevice", library.function("cudaSetDevice", ValueLayout.JAVA_INT), device);
        stream = made("cudaStreamCreate", library.function("cudaStreamCreate", ADDRESS));
        MethodHandle createEvent =
                library.function("cudaEventCreateWithFlags", ADDRESS, ValueLayout.JAVA_INT);
        MethodHandle allocate = library.function(
                "cudaHostAlloc", ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
        for (int i = 0; i < count; i++) {
            events.add(made("cudaEventCreateWithFlags", createEvent, EVENT_DISABLE_TIMING));
            buffers.add(made("cudaHostAlloc", allocate, bytesEach, HOST_ALLOC_DEFAULT)
                    .reinterpret(bytesEach));
        }
    }

    @Override
    public int count() {
        return buffers.size();
    }

    @Override
    public MemorySegment buffer(int index) {
        return buffers.get(index);
    }

    @Override
    public void send(int index, long target, long bytes) {
        MemorySegment to = MemorySegment.ofAddress(target);
        ForeignLibrary.check(
                "cudaMemcpyAsync", copy, to, buffers.get(index), bytes, HOST_TO_DEVICE, stream);
        ForeignLibrary.check("cudaEventRecord", record, events.get(index), stream);
    }

    @Override
    public void receive(int index, long source, long bytes) {
        MemorySegment from = MemorySegment.ofAddress(source);
        ForeignLibrary.check(
                "cudaMemcpyAsync", copy, buffers.get(index), from, bytes, DEVICE_TO_HOST, stream);
        ForeignLibrary.check("cudaEventRecord", record, events.get(index), stream);
    }

    @Override
    public void await(int index) {
        ForeignLibrary.check("cudaEventSynchronize", awaitEvent, events.get(index));
    }

    @Override
    public void finish() {
        ForeignLibrary.check("cudaStreamSynchronize", awaitStream, stream);
    }

    /** Each of them is tried, even after another has failed. */
    @Override
    public void close() {
        MethodHandle freeHost = library.function("cudaFreeHost", ADDRESS);
        MethodHandle destroyEvent = library.function("cudaEventDestroy", ADDRESS);
        MethodHandle destroyStream = library.function("cudaStreamDestroy", ADDRESS);
        RuntimeException failure = null;
        if (!stream.equals(MemorySegment.NULL)) {
            failure = tried(failure, "cudaStreamSynchronize", awaitStream, stream);
        }
        for (MemorySegment buffer : buffers) {
            failure = tried(failure, "cudaFreeHost", freeHost, buffer);
        }
        for (MemorySegment event : events) {
            failure = tried(failure, "cudaEventDestroy", destroyEvent, event);
        }
        if (!stream.equals(MemorySegment.NULL)) {
            failure = tried(failure, "cudaStreamDestroy", destroyStream, stream);
        }
        buffers.clear();
        events.clear();
        stream = MemorySegment.NULL;
        if (failure != null) {
            throw failure;
        }
    }

    private static RuntimeException tried(
            RuntimeException before, String what, MethodHandle function, Object argument) {
        try {
            ForeignLibrary.check(what, function, argument);
        } catch (IllegalStateException e) {
            if (before == null) {
                return e;
            }
            before.addSuppressed(e);
        }
        return before;
    }

    /** What a function writes to its first argument. */
    private static MemorySegment made(String what, MethodHandle function, Object... others) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(ADDRESS);
            Object[] arguments = new Object[others.length + 1];
            arguments[0] = result;
            System.arraycopy(others, 0, arguments, 1, others.length);
            ForeignLibrary.check(what, function, arguments);
            return result.get(ADDRESS, 0);
        }
    }
}
