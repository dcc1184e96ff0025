package dev.plimsoll.engine.memory;

import java.lang.management.ManagementFactory;

/** The machine's memory, as seen from inside a container. */
public final class MainMemory {

    private MainMemory() {}

    public static long totalBytes() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Runtime.getRuntime().maxMemory();
    }
}
