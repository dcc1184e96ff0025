package dev.plimsoll.engine.nativelib;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** The driver's view of one card, all processes together. */
public final class Nvml {

    private static final int NAME_BYTES = 96;

    private final MethodHandle memoryInfo;
    private final MethodHandle deviceName;
    private final MemorySegment device;

    private Nvml(ForeignLibrary library, String pciBusId) {
        ForeignLibrary.check("nvmlInit_v2", library.function("nvmlInit_v2"));
        MethodHandle byBusId = library.function(
                "nvmlDeviceGetHandleByPciBusId_v2", ValueLayout.ADDRESS, ValueLayout.ADDRESS);
        memoryInfo = library.function(
                "nvmlDeviceGetMemoryInfo", ValueLayout.ADDRESS, ValueLayout.ADDRESS);
        deviceName = library.function(
                "nvmlDeviceGetName",
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(ValueLayout.ADDRESS);
            ForeignLibrary.check(
                    "nvmlDeviceGetHandleByPciBusId_v2",
                    byBusId,
                    arena.allocateFrom(pciBusId),
                    result);
            device = result.get(ValueLayout.ADDRESS, 0);
        }
    }

    public static Optional<Nvml> open(String pciBusId) {
        try {
            return ForeignLibrary.open("libnvidia-ml.so.1")
                    .map(library -> new Nvml(library, pciBusId));
        } catch (IllegalStateException e) {
            return Optional.empty();
        }
    }

    /** nvmlMemory_t is {total, free, used}, each an unsigned 64-bit number of bytes. */
    public long[] freeAndTotal() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(ValueLayout.JAVA_LONG, 3);
            ForeignLibrary.check("nvmlDeviceGetMemoryInfo", memoryInfo, device, info);
            return new long[] {
                info.getAtIndex(ValueLayout.JAVA_LONG, 1), info.getAtIndex(ValueLayout.JAVA_LONG, 0)
            };
        }
    }

    public String name() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(NAME_BYTES);
            ForeignLibrary.check("nvmlDeviceGetName", deviceName, device, text, NAME_BYTES);
            return text.getString(0);
        }
    }
}
