package dev.plimsoll.engine.nativelib;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/** The few functions of libcudart that tell what the default memory pool of a device holds. */
public final class CudaRuntime {

    private static final System.Logger LOG = System.getLogger(CudaRuntime.class.getName());

    // cudaMemPoolAttr of driver_types.h
    public static final int RESERVED_CURRENT = 5;
    public static final int USED_CURRENT = 7;
    public static final int USED_HIGH = 8;

    private static final int BUS_ID_BYTES = 64;
    private static final int ON_DEVICE = 1;
    private static final int READ_AND_WRITE = 3;

    private final ForeignLibrary library;
    private final MethodHandle getAttribute;
    private final MethodHandle setAttribute;
    private final MethodHandle trimTo;
    private final MethodHandle synchronize;
    private final MethodHandle memGetInfo;
    private final MethodHandle getDevice;
    private final MethodHandle setDevice;
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
        getDevice = library.function("cudaGetDevice", ValueLayout.ADDRESS);
        setDevice = library.function("cudaSetDevice", ValueLayout.JAVA_INT);
        MethodHandle defaultPool = library.function(
                "cudaDeviceGetDefaultMemPool", ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(ValueLayout.ADDRESS);
            ForeignLibrary.check("cudaDeviceGetDefaultMemPool", defaultPool, result, device);
            pool = result.get(ValueLayout.ADDRESS, 0);
        }
    }

    /**
     * Which card the calling thread means where it names none. Where that fails PyTorch will say
     * why, in better words.
     */
    public static void makeCurrent(int device) {
        try {
            library()
                    .ifPresent(library -> ForeignLibrary.check(
                            "cudaSetDevice",
                            library.function("cudaSetDevice", ValueLayout.JAVA_INT),
                            device));
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.DEBUG, "card " + device, e);
        }
    }

    /** Cards that this process sees; 0 where nobody can tell. */
    public static int deviceCount() {
        return library().map(CudaRuntime::deviceCount).orElse(0);
    }

    private static int deviceCount(ForeignLibrary library) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
            ForeignLibrary.check(
                    "cudaGetDeviceCount",
                    library.function("cudaGetDeviceCount", ValueLayout.ADDRESS),
                    count);
            return count.get(ValueLayout.JAVA_INT, 0);
        } catch (IllegalStateException e) {
            return 0;
        }
    }

    /**
     * Lets another card read and write what this card's pool holds, now and later. False where
     * there is no way between them: copies then pass through host memory.
     */
    public static boolean share(int owner, int other) {
        ForeignLibrary library = library().orElse(null);
        if (library == null) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment can = arena.allocate(ValueLayout.JAVA_INT);
            ForeignLibrary.check(
                    "cudaDeviceCanAccessPeer",
                    library.function(
                            "cudaDeviceCanAccessPeer",
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT),
                    can,
                    other,
                    owner);
            if (can.get(ValueLayout.JAVA_INT, 0) == 0) {
                return false;
            }
            // cudaMemAccessDesc: a location of type device with its number, and read and write
            MemorySegment access =
                    arena.allocateFrom(ValueLayout.JAVA_INT, ON_DEVICE, other, READ_AND_WRITE);
            ForeignLibrary.check(
                    "cudaMemPoolSetAccess",
                    library.function(
                            "cudaMemPoolSetAccess",
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG),
                    new CudaRuntime(library, owner).pool,
                    access,
                    1L);
            return true;
        } catch (IllegalStateException e) {
            forget(library);
            return false;
        }
    }

    /** Or PyTorch would take an error of ours for one of its own kernels. */
    static void forget(ForeignLibrary library) {
        try {
            ForeignLibrary.check("cudaGetLastError", library.function("cudaGetLastError"));
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.DEBUG, "the last error of the CUDA runtime", e);
        }
    }

    public static Optional<CudaRuntime> open(int device) {
        return library().map(library -> new CudaRuntime(library, device));
    }

    /**
     * The library of -Dplimsoll.cudart, the one that this process has loaded, or that of CUDART.
     */
    static Optional<ForeignLibrary> library() {
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

    /** Of this card, whichever the calling thread means where it names none. */
    public long[] freeAndTotal() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment current = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment free = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment total = arena.allocate(ValueLayout.JAVA_LONG);
            ForeignLibrary.check("cudaGetDevice", getDevice, current);
            ForeignLibrary.check("cudaSetDevice", setDevice, device);
            try {
                ForeignLibrary.check("cudaMemGetInfo", memGetInfo, free, total);
            } finally {
                ForeignLibrary.check(
                        "cudaSetDevice", setDevice, current.get(ValueLayout.JAVA_INT, 0));
            }
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
