package dev.plimsoll.engine.device;

import dev.plimsoll.engine.GpuMeter;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.nativelib.CudaRuntime;
import dev.plimsoll.engine.nativelib.Nvml;

/**
 * A real card: used, peak and reserved from the pool of the allocator backend:cudaMallocAsync, free
 * from the driver through NVML. What a missing library would have told is 0, and said once in the
 * log.
 */
public final class CudaMeter implements GpuMeter {

    private static final System.Logger LOG = System.getLogger(CudaMeter.class.getName());

    private final CudaRuntime runtime;
    private final Nvml nvml;

    private CudaMeter(CudaRuntime runtime, Nvml nvml) {
        this.runtime = runtime;
        this.nvml = nvml;
    }

    public static CudaMeter open(int device) {
        CudaRuntime runtime = CudaRuntime.open(device).orElse(null);
        Nvml nvml = runtime == null ? null : Nvml.open(runtime.pciBusId()).orElse(null);
        if (runtime == null) {
            warn("libcudart was not found; set CUDART or -Dplimsoll.cudart to its file, or "
                    + "memory figures stay 0");
        } else if (!poolAllocator()) {
            warn("used and peak bytes stay 0 without "
                    + "PYTORCH_CUDA_ALLOC_CONF=backend:cudaMallocAsync");
        }
        if (nvml == null) {
            warn("libnvidia-ml.so.1 was not found: other processes' memory is taken from the "
                    + "CUDA runtime");
        }
        return new CudaMeter(runtime, nvml);
    }

    public String deviceName() {
        return nvml == null ? "CUDA device" : nvml.name();
    }

    @Override
    public MemoryReading read() {
        if (runtime == null) {
            return new MemoryReading(0, 0, 0, 0, 0, 0);
        }
        long used = runtime.poolAttribute(CudaRuntime.USED_CURRENT);
        long peak = runtime.poolAttribute(CudaRuntime.USED_HIGH);
        long reserved = runtime.poolAttribute(CudaRuntime.RESERVED_CURRENT);
        long[] freeAndTotal = nvml == null ? runtime.freeAndTotal() : nvml.freeAndTotal();
        long others = Math.max(0, freeAndTotal[1] - freeAndTotal[0] - reserved);
        return new MemoryReading(used, peak, reserved, freeAndTotal[0], others, freeAndTotal[1]);
    }

    @Override
    public void resetPeak() {
        if (runtime != null) {
            runtime.resetHigh(CudaRuntime.USED_HIGH);
        }
    }

    @Override
    public void trim(long keepBytes) {
        if (runtime != null) {
            runtime.trim(keepBytes);
        }
    }

    private static boolean poolAllocator() {
        return String.valueOf(System.getenv("PYTORCH_CUDA_ALLOC_CONF")).contains("cudaMallocAsync")
                || String.valueOf(System.getenv("PYTORCH_ALLOC_CONF")).contains("cudaMallocAsync");
    }

    private static void warn(String message) {
        LOG.log(System.Logger.Level.WARNING, message);
    }
}
