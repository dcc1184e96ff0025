package dev.plimsoll.engine.nativelib;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/** Memory of the current device by libcudart alone, for checks without PyTorch. */
public final class DeviceBuffers implements AutoCloseable {

    private static final int ANY_DIRECTION = 4;

    private final MethodHandle malloc;
    private final MethodHandle free;
    private final MethodHandle copyIn;
    private final MethodHandle copyOut;
    private final MethodHandle synchronize;
    private final List<Long> taken = new ArrayList<>();

    public DeviceBuffers() {
        ForeignLibrary cudart = CudaRuntime.library()
                .orElseThrow(() -> new IllegalStateException(
                        "libcudart was not found; name its file with -Dplimsoll.cudart"));
        malloc = cudart.function("cudaMalloc", ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
        free = cudart.function("cudaFree", ValueLayout.JAVA_LONG);
        copyIn = cudart.function(
                "cudaMemcpy",
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT);
        copyOut = cudart.function(
                "cudaMemcpy",
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT);
        synchronize = cudart.function("cudaDeviceSynchronize");
    }

    public long allocate(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment holder = arena.allocate(ValueLayout.ADDRESS);
            ForeignLibrary.check("cudaMalloc of " + bytes + " bytes", malloc, holder, bytes);
            long address = holder.get(ValueLayout.ADDRESS, 0).address();
            taken.add(address);
            return address;
        }
    }

    public long upload(float[] values) {
        long address = allocate(4L * values.length);
        write(address, MemorySegment.ofArray(values));
        return address;
    }

    public void write(long address, MemorySegment from) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(from.byteSize(), 8).copyFrom(from);
            ForeignLibrary.check(
                    "cudaMemcpy", copyIn, address, bytes, bytes.byteSize(), ANY_DIRECTION);
        }
    }

    /** Waits for the kernels before. */
    public void read(long address, MemorySegment into) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(into.byteSize(), 8);
            ForeignLibrary.check(
                    "cudaMemcpy", copyOut, bytes, address, bytes.byteSize(), ANY_DIRECTION);
            into.copyFrom(bytes);
        }
    }

    public float[] floats(long address, int count) {
        float[] values = new float[count];
        read(address, MemorySegment.ofArray(values));
        return values;
    }

    public void finish() {
        ForeignLibrary.check("cudaDeviceSynchronize", synchronize);
    }

    /** Gives everything back that was taken so far. */
    @Override
    public void close() {
        taken.forEach(address -> ForeignLibrary.check("cudaFree", free, address));
        taken.clear();
    }
}
