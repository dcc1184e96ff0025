package dev.plimsoll.chaos.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What processes and topics take of this machine. */
final class MachineUsage {

    private static final long KIB = 1024;

    private MachineUsage() {}

    /** Of a process; -1 when it is gone or the system does not tell. */
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

    /** By topic, the bytes of its log segments on the broker's disk, index files aside. */
    static SortedMap<String, Long> topicBytes(Path broker) throws IOException {
        SortedMap<String, Long> bytes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(broker, 2)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".log")).toList()) {
                String partition = file.getParent().getFileName().toString();
                bytes.merge(partition.replaceFirst("-\\d+$", ""), size(file), Long::sum);
            }
        } catch (java.io.UncheckedIOException e) {
            // a segment went away under the walk: the next look finds the rest
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
