package dev.plimsoll.engine.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What this process holds of the machine's memory, on Linux. */
final class HostMemory {

    /**
     * The most that was resident at once, with pages of mapped files; what is resident now without
     * files; and pages of files, of disks and of memory file systems.
     */
    private static final List<String> LINES = List.of("VmHWM", "RssAnon", "RssFile", "RssShmem");

    private HostMemory() {}

    /** Bytes by the kernel's names. */
    static Map<String, Long> read() {
        Map<String, Long> bytes = new LinkedHashMap<>();
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            lines.forEach(line -> {
                String name = line.substring(0, Math.max(0, line.indexOf(':')));
                if (LINES.contains(name)) {
                    bytes.put(name, 1024 * Long.parseLong(line.replaceAll("\\D", "")));
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes;
    }
}
