package dev.plimsoll.engine.device;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What a container's limit leaves of the machine's memory, by the files of Linux's control groups
 * of version 2 or 1. The limit of each group above counts too, as far as it can be seen.
 */
final class CgroupMemory {

    private static final Path OWN_GROUPS = Path.of("/proc/self/cgroup");
    private static final Path GROUPS = Path.of("/sys/fs/cgroup");

    /**
     * The names of one version.
     *
     * @param cached of the lines of memory.stat with the bytes of file pages
     */
    private record Names(Path root, String limit, String used, String... cached) {}

    private static final Names VERSION_2 =
            new Names(GROUPS, "memory.max", "memory.current", "inactive_file", "active_file");
    private static final Names VERSION_1 = new Names(
            GROUPS.resolve("memory"),
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
            "total_inactive_file",
            "total_active_file");

    private final Function<Path, Optional<String>> files;

    /** @param files the text of a file; empty where it cannot be read */
    CgroupMemory(Function<Path, Optional<String>> files) {
        this.files = files;
    }

    /**
     * Bytes that the process may still take: the limit without what is used. File pages are used,
     * too, but the kernel gives them up when memory is asked for: weights that were read from files
     * do not count. Long.MAX_VALUE where there is no limit.
     */
    long availableBytes() {
        return files.apply(OWN_GROUPS).stream()
                .flatMap(String::lines)
                .flatMapToLong(line -> available(line).stream())
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** @param line number:controllers:path; of version 2 controllers are not named */
    private OptionalLong available(String line) {
        String[] parts = line.split(":", 3);
        if (parts.length < 3) {
            return OptionalLong.empty();
        }
        if (parts[1].isEmpty()) {
            return available(VERSION_2, parts[2]);
        }
        return Stream.of(parts[1].split(",")).anyMatch("memory"::equals)
                ? available(VERSION_1, parts[2])
                : OptionalLong.empty();
    }

    /**
     * In a container the path may be the machine's, or lead above the root, while the root is the
     * container's own group.
     */
    private OptionalLong available(Names names, String path) {
        Path below = Path.of("/").relativize(Path.of("/").resolve(path).normalize());
        Path own = names.root.resolve(below);
        return Stream.iterate(own, group -> group.startsWith(names.root), Path::getParent)
                .flatMapToLong(group -> ofGroup(names, group).stream())
                .min();
    }

    private OptionalLong ofGroup(Names names, Path group) {
        OptionalLong limit = number(files.apply(group.resolve(names.limit)));
        OptionalLong used = number(files.apply(group.resolve(names.used)));
        if (limit.isEmpty() || used.isEmpty()) {
            return OptionalLong.empty();
        }
        long cached = files.apply(group.resolve("memory.stat")).stream()
                .flatMap(String::lines)
                .filter(line ->
                        Stream.of(names.cached).anyMatch(name -> line.startsWith(name + " ")))
                .mapToLong(line ->
                        number(Optional.of(line.substring(line.indexOf(' ')))).orElse(0))
                .sum();
        return OptionalLong.of(Math.max(0, limit.getAsLong() - used.getAsLong() + cached));
    }

    /** Empty for "max". */
    private static OptionalLong number(Optional<String> text) {
        return text.map(String::strip).filter(digits -> digits.matches("\\d{1,18}")).stream()
                .mapToLong(Long::parseLong)
                .findFirst();
    }
}
