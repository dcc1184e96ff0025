package dev.plimsoll.processes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a process has taken since its start.
 *
 * @param peakBytes the most memory that was resident, as Linux keeps it in {@code /proc/PID/status}
 *     (VmHWM)
 * @param processor time of all its threads
 */
public record ProcessUsage(long peakBytes, Duration processor) {

    public static final ProcessUsage NONE = new ProcessUsage(0, Duration.ZERO);

    private static final String PEAK = "VmHWM:";
    private static final long KIB = 1024;

    /** Empty where the system does not tell, or the process is gone. */
    public static Optional<ProcessUsage> of(long pid) {
        try {
            Optional<Long> peak =
                    peakBytes(Files.readAllLines(Path.of("/proc/" + pid + "/status")));
            Optional<Duration> processor =
                    ProcessHandle.of(pid).flatMap(process -> process.info().totalCpuDuration());
            return peak.flatMap(bytes -> processor.map(time -> new ProcessUsage(bytes, time)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Of two processes, one after the other: the higher peak, and the time of both. */
    public ProcessUsage then(ProcessUsage next) {
        return new ProcessUsage(
                Math.max(peakBytes, next.peakBytes), processor.plus(next.processor));
    }

    static Optional<Long> peakBytes(List<String> status) {
        return status.stream()
                .filter(line -> line.startsWith(PEAK))
                .map(line -> line.replaceAll("\\D", ""))
                .filter(digits -> !digits.isEmpty())
                .map(digits -> Long.parseLong(digits) * KIB)
                .max(Comparator.naturalOrder());
    }
}
