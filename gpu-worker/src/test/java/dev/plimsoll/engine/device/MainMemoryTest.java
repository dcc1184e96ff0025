package dev.plimsoll.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

class MainMemoryTest {

    @Test
    void what_is_available_is_less_than_all() {
        assertThat(MainMemory.availableBytes()).isBetween(1L << 20, MainMemory.totalBytes());
    }

    @Test
    void a_container_has_no_more_than_its_limit_leaves() {
        Map<Path, String> files = new TreeMap<>(Map.of(Path.of("/proc/meminfo"), """
                MemTotal:       16393208 kB
                MemFree:          100000 kB
                MemAvailable:    1000000 kB
                """));
        assertThat(available(files)).isEqualTo(1_024_000_000);
        files.put(Path.of("/proc/self/cgroup"), "0::/\n");
        files.put(Path.of("/sys/fs/cgroup/memory.current"), "700000000\n");
        files.put(Path.of("/sys/fs/cgroup/memory.max"), "9000000000\n");
        assertThat(available(files)).as("of the machine").isEqualTo(1_024_000_000);
        files.put(Path.of("/sys/fs/cgroup/memory.max"), "800000000\n");
        assertThat(available(files)).as("of the container").isEqualTo(100_000_000);
    }

    private static long available(Map<Path, String> files) {
        return MainMemory.availableBytes(path -> Optional.ofNullable(files.get(path)));
    }
}
