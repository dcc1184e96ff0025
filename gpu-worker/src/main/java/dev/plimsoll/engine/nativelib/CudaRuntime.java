package dev.plimsoll.engine.nativelib;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/** The few functions of libcudart that tell what the default memory pool of a device holds. */
public final class CudaRuntime {

    // cudaMemPoolAttr of driver_types.h
    public static final int RESERVED_CURRENT = 5;
    public static final int USED_CURRENT = 7;
    public static final int USED_HIGH = 8;

    private static final int BUS_ID_BYTES = 64;

    private final ForeignLibrary library;
    private final MethodHandle getAttribute;
    private final MethodHandle setAttribute;
    private final MethodHandle trimTo;
    private final MethodHandle synchronize;
    private final MethodHandle memGetInfo;
    private final MemorySegment pool;
    private final int device;

    private CudaRuntime(ForeignLibrary library, int device) {
        this.library = library;
        this.device = device;
        getAttribute = library.function(
                "cudaMemPoolGetAttribute",
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS);
        setAttribute = library.function(
                "cudaMemPoolSetAttribute",
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS);
        trimTo = library.function("cudaMemPoolTrimTo", ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
        synchronize = library.function("cudaDeviceSynchronize");
        memGetInfo = library.function("cudaMemGetInfo", ValueLayout.ADDRESS, ValueLayout.ADDRESS);
        MethodHandle defaultPool = library.function(
                "cudaDeviceGetDefaultMemPool", ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(ValueLayout.ADDRESS);
            ForeignLibrary.check("cudaDeviceGetDefaultMemPool", defaultPool, result, device);
            pool = result.get(ValueLayout.ADDRESS, 0);
        }
    }

    public static Optional<CudaRuntime> open(int device) {
        return library().map(library -> new CudaRuntime(library, device));
    }

    /**
     * The library of -Dplimsoll.cudart, the one that this process has loaded, or that of CUDART.
     */
    public static Optional<ForeignLibrary> library() {
        String given = System.getProperty("plimsoll.cudart", "");
        String otherwise = System.getenv().getOrDefault("CUDART", "libcudart.so");
        String file = given.isBlank()
                ? LoadedLibraries.find("libcudart").map(Path::toString).orElse(otherwise)
                : given;
        return ForeignLibrary.open(file);
    }

    public long poolAttribute(int attribute) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
            ForeignLibrary.check("cudaMemPoolGetAttribute", getAttribute, pool, attribute, value);
            return value.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    /** A high-water mark starts again at the current value. */
    public void resetHigh(int attribute) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment zero = arena.allocate(ValueLayout.JAVA_LONG);
            ForeignLibrary.check("cudaMemPoolSetAttribute", setAttribute, pool, attribute, zero);
        }
    }

    /**
     * Gives back to the device what the pool holds and nobody uses. Frees are queued behind the
     * work that used the memory, so the device must be idle first, or the pool keeps what it holds.
     */
    public void trim(long keepBytes) {
        ForeignLibrary.check("cudaDeviceSynchronize", synchronize);
        ForeignLibrary.check("cudaMemPoolTrimTo", trimTo, pool, keepBytes);
    }

    public long[] freeAndTotal() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment free = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment total = arena.allocate(ValueLayout.JAVA_LONG);
            ForeignLibrary.check("cudaMemGetInfo", memGetInfo, free, total);
            return new long[] {
                free.get(ValueLayout.JAVA_LONG, 0), total.get(ValueLayout.JAVA_LONG, 0)
            };
        }
    }

    /** The card's address on the bus: NVML counts cards differently when some are hidden. */
    public String pciBusId() {
        MethodHandle function = library.function(
                "cudaDeviceGetPCIBusId",
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(BUS_ID_BYTES);
            ForeignLibrary.check("cudaDeviceGetPCIBusId", function, text, BUS_ID_BYTES, device);
            return text.getString(0);
        }
    }
}
