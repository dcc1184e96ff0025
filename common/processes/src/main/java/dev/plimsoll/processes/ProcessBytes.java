package dev.plimsoll.processes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a process has moved since its start, as Linux counts it in {@code /proc/PID/io}.
 *
 * @param received by any read from a file or a connection
 * @param sent by any write to a file or a connection
 * @param disk of it that was, or will be, written to a disk
 */
public record ProcessBytes(long received, long sent, long disk) {

    /** Empty where the system does not tell, or the process is gone. */
    public static Optional<ProcessBytes> of(long pid) {
        try {
            return parse(Files.readAllLines(Path.of("/proc/" + pid + "/io")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    static Optional<ProcessBytes> parse(List<String> lines) {
        Map<String, Long> values = new HashMap<>();
        for (String line : lines) {
            String[] parts = line.split(": ");
            if (parts.length == 2) {
                values.put(parts[0], Long.parseLong(parts[1].strip()));
            }
        }
        return values.keySet().containsAll(List.of("rchar", "wchar", "write_bytes"))
                ? Optional.of(new ProcessBytes(
                        values.get("rchar"), values.get("wchar"), values.get("write_bytes")))
                : Optional.empty();
    }
}
