package dev.plimsoll.engine.device;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** The machine's memory, as seen from inside a container. */
public final class MainMemory {

    private MainMemory() {}

    /**
     * What can be had without swapping: by the kernel's estimate for the machine, and where it
     * gives none what is free; in a container no more than its limit leaves.
     */
    public static long availableBytes() {
        return availableBytes(MainMemory::text);
    }

    /** @param files the text of a file; empty where it cannot be read */
    static long availableBytes(Function<Path, Optional<String>> files) {
        long machine = files.apply(Path.of("/proc/meminfo")).stream()
                .flatMapToLong(text -> available(text).stream())
                .findFirst()
                .orElseGet(MainMemory::freeBytes);
        return Math.min(machine, new CgroupMemory(files).availableBytes());
    }

    /** @param meminfo lines such as "MemAvailable: 123 kB" */
    private static OptionalLong available(String meminfo) {
        return meminfo.lines()
                .filter(line -> line.startsWith("MemAvailable:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst();
    }

    private static Optional<String> text(Path file) {
        try {
            return Optional.of(Files.readString(file));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static long freeBytes() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getFreeMemorySize()
                : Runtime.getRuntime().freeMemory();
    }

    public static long totalBytes() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Runtime.getRuntime().maxMemory();
    }
}
