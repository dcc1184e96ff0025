package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.nativelib.CudaRuntime;
import dev.plimsoll.engine.nativelib.ForeignLibrary;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/** Memory of the current device by libcudart alone, for checks without PyTorch. */
final class DeviceBuffers implements AutoCloseable {

    private static final int ANY_DIRECTION = 4;

    private final MethodHandle malloc;
    private final MethodHandle free;
    private final MethodHandle copyIn;
    private final MethodHandle copyOut;
    private final MethodHandle synchronize;
    private final List<Long> taken = new ArrayList<>();

    DeviceBuffers() {
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

    long allocate(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment holder = arena.allocate(ValueLayout.ADDRESS);
            ForeignLibrary.check("cudaMalloc of " + bytes + " bytes", malloc, holder, bytes);
            long address = holder.get(ValueLayout.ADDRESS, 0).address();
            taken.add(address);
            return address;
        }
    }

    long upload(float[] values) {
        long address = allocate(4L * values.length);
        write(address, MemorySegment.ofArray(values));
        return address;
    }

    void write(long address, MemorySegment from) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(from.byteSize(), 8).copyFrom(from);
            ForeignLibrary.check(
                    "cudaMemcpy", copyIn, address, bytes, bytes.byteSize(), ANY_DIRECTION);
        }
    }

    /** Waits for the kernels before. */
    void read(long address, MemorySegment into) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(into.byteSize(), 8);
            ForeignLibrary.check(
                    "cudaMemcpy", copyOut, bytes, address, bytes.byteSize(), ANY_DIRECTION);
            into.copyFrom(bytes);
        }
    }

    float[] floats(long address, int count) {
        float[] values = new float[count];
        read(address, MemorySegment.ofArray(values));
        return values;
    }

    void finish() {
        ForeignLibrary.check("cudaDeviceSynchronize", synchronize);
    }

    /** Gives everything back that was taken so far. */
    @Override
    public void close() {
        taken.forEach(address -> ForeignLibrary.check("cudaFree", free, address));
        taken.clear();
    }
}
