package dev.plimsoll.engine.nativelib;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Kernels compiled from CUDA source for the current device, launched on PyTorch's stream (the
 * default one). PyTorch must have touched the device on this thread before, or there is no context.
 * Lives as long as the process.
 */
@SuppressWarnings("restricted") // calling C is its purpose
final class KernelModule {

    private static final int MAX_ARGUMENTS = 20;
    // cudaDeviceAttr of driver_types.h
    private static final int MAJOR = 75;
    private static final int MINOR = 76;

    private final ForeignLibrary driver;
    private final MethodHandle launch;
    private final MemorySegment module;
    private final Map<String, MemorySegment> functions = new HashMap<>();
    private final MemorySegment values;
    private final MemorySegment pointers;

    private KernelModule(ForeignLibrary driver, MemorySegment module) {
        this.driver = driver;
        this.module = module;
        launch = driver.function(
                "cuLaunchKernel",
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS);
        values = Arena.ofAuto().allocate(8L * MAX_ARGUMENTS, 8);
        pointers = Arena.ofAuto().allocate(ValueLayout.ADDRESS, MAX_ARGUMENTS);
        for (int i = 0; i < MAX_ARGUMENTS; i++) {
            pointers.setAtIndex(ValueLayout.ADDRESS, i, values.asSlice(8L * i));
        }
    }

    /**
     * Compiles for the device's own architecture. Fails with a sentence when a library or the
     * compiler is missing.
     */
    static KernelModule compile(String source, int device) {
        Nvrtc compiler = Nvrtc.open()
                .orElseThrow(() -> new IllegalStateException(
                        "libnvrtc was not found; name its file with -Dplimsoll.nvrtc "
                                + "for fused kernels"));
        ForeignLibrary driver = ForeignLibrary.open("libcuda.so.1")
                .orElseThrow(() -> new IllegalStateException("libcuda.so.1 was not found"));
        byte[] code = compiler.compile(source, architecture(device));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment holder = arena.allocate(ValueLayout.ADDRESS);
            ForeignLibrary.check(
                    "cuModuleLoadData",
                    driver.function("cuModuleLoadData", ValueLayout.ADDRESS, ValueLayout.ADDRESS),
                    holder,
                    arena.allocateFrom(ValueLayout.JAVA_BYTE, code));
            return new KernelModule(driver, holder.get(ValueLayout.ADDRESS, 0));
        }
    }

    private static String architecture(int device) {
        Path cudart = LoadedLibraries.find("libcudart")
                .orElseThrow(
                        () -> new IllegalStateException("this process has not loaded libcudart"));
        ForeignLibrary runtime = ForeignLibrary.open(cudart.toString()).orElseThrow();
        MethodHandle attribute = runtime.function(
                "cudaDeviceGetAttribute",
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
            ForeignLibrary.check("cudaDeviceGetAttribute", attribute, value, MAJOR, device);
            int major = value.get(ValueLayout.JAVA_INT, 0);
            ForeignLibrary.check("cudaDeviceGetAttribute", attribute, value, MINOR, device);
            return "sm_" + major + value.get(ValueLayout.JAVA_INT, 0);
        }
    }

    /**
     * Launches a kernel. Arguments are Long (pointers and long long), Integer or Float, in the
     * kernel's order.
     *
     * @param blocks in x and y
     */
    void launch(String kernel, int blocksX, int blocksY, int threads, Object... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case Long number -> values.set(ValueLayout.JAVA_LONG, 8L * i, number);
                case Integer number -> values.set(ValueLayout.JAVA_INT, 8L * i, number);
                case Float number -> values.set(ValueLayout.JAVA_FLOAT, 8L * i, number);
                default ->
                    throw new IllegalArgumentException(
                            "a kernel takes no " + arguments[i].getClass());
            }
        }
        int error;
        try {
            error = (int) launch.invokeExact(
                    function(kernel),
                    blocksX,
                    blocksY,
                    1,
                    threads,
                    1,
                    1,
                    0,
                    MemorySegment.NULL,
                    pointers,
                    MemorySegment.NULL);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("cuLaunchKernel cannot be called", e);
        }
        if (error != 0) {
            throw new IllegalStateException("launching " + kernel + " failed with code " + error);
        }
    }

    private MemorySegment function(String name) {
        return functions.computeIfAbsent(name, n -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment holder = arena.allocate(ValueLayout.ADDRESS);
                ForeignLibrary.check(
                        "cuModuleGetFunction for " + n,
                        driver.function(
                                "cuModuleGetFunction",
                                ValueLayout.ADDRESS,
                                ValueLayout.ADDRESS,
                                ValueLayout.ADDRESS),
                        holder,
                        module,
                        arena.allocateFrom(n));
                return holder.get(ValueLayout.ADDRESS, 0);
            }
        });
    }
}
