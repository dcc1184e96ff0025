package dev.plimsoll.chaos.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Reads how much memory a process takes and how much disk a topic takes. */
final class MachineUsage {

    private static final long KIB = 1024;

    private MachineUsage() {}

    /**
     * The resident memory of a process in bytes, or -1 if it is gone or the system does not tell.
     */
    static long residentBytes(long pid) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * KIB)
                    .findFirst()
                    .orElse(-1);
        } catch (IOException | java.io.UncheckedIOException e) {
            return -1;
        }
    }

    /** The bytes of each topic's log segments on the broker's disk, without index files. */
    static SortedMap<String, Long> topicBytes(Path broker) throws IOException {
        SortedMap<String, Long> bytes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(broker, 2)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".log")).toList()) {
                String partition = file.getParent().getFileName().toString();
                bytes.merge(partition.replaceFirst("-\\d+$", ""), size(file), Long::sum);
            }
        } catch (java.io.UncheckedIOException e) {
            // a segment was deleted meanwhile, so the next reading finds the rest
            return bytes;
        }
        return bytes;
    }

    private static long size(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }
}
