package dev.plimsoll.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

class CgroupMemoryTest {

    private final Map<Path, String> files = new TreeMap<>();

    private void file(String path, String text) {
        files.put(Path.of(path), text);
    }

    private long available() {
        return new CgroupMemory(path -> Optional.ofNullable(files.get(path))).availableBytes();
    }

    @Test
    void of_version_2_the_limit_leaves_what_is_not_used() {
        file("/proc/self/cgroup", "0::/\n");
        file("/sys/fs/cgroup/memory.max", "17179869184\n");
        file("/sys/fs/cgroup/memory.current", "10000000000\n");
        assertThat(available()).isEqualTo(7_179_869_184L);
        file("/proc/self/cgroup", "0::/../pods/worker\n");
        assertThat(available()).as("moved to a group out of sight").isEqualTo(7_179_869_184L);
    }

    /** Reading 15 GB of weights fills a container of 16 GiB with pages that can be given up. */
    @Test
    void pages_of_files_do_not_count_as_used() {
        file("/proc/self/cgroup", "0::/\n");
        file("/sys/fs/cgroup/memory.max", "17179869184\n");
        file("/sys/fs/cgroup/memory.current", "17179869184\n");
        file("/sys/fs/cgroup/memory.stat", """
                anon 2179869184
                file 15000000000
                shmem 1000
                inactive_file 9000000000
                active_file 6000000000
                workingset_activate_file 77
                """);
        assertThat(available()).isEqualTo(15_000_000_000L);
    }

    @Test
    void the_smallest_of_the_groups_above_counts() {
        file("/proc/self/cgroup", "0::/pods/worker\n");
        file("/sys/fs/cgroup/pods/worker/memory.max", "max\n");
        file("/sys/fs/cgroup/pods/worker/memory.current", "1000\n");
        file("/sys/fs/cgroup/pods/memory.max", "5000\n");
        file("/sys/fs/cgroup/pods/memory.current", "2000\n");
        assertThat(available()).isEqualTo(3_000);
        file("/sys/fs/cgroup/pods/worker/memory.max", "1500\n");
        assertThat(available()).isEqualTo(500);
        file("/sys/fs/cgroup/pods/worker/memory.current", "1600\n");
        assertThat(available()).as("the limit was lowered").isZero();
    }

    /** Docker of version 1 shows the machine's path, below which the container has no files. */
    @Test
    void of_version_1_it_is_the_controller_memory() {
        file("/proc/self/cgroup", """
                9:cpu,cpuacct:/docker/7e
                4:memory:/docker/7e
                0::/
                """);
        file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "8000\n");
        file("/sys/fs/cgroup/memory/memory.usage_in_bytes", "6000\n");
        file("/sys/fs/cgroup/memory/memory.stat", """
                inactive_file 1
                total_inactive_file 300
                total_active_file 200
                """);
        assertThat(available()).isEqualTo(2_500);
    }

    @Test
    void without_a_limit_or_files_the_machine_decides() {
        assertThat(available()).isEqualTo(Long.MAX_VALUE);
        file("/proc/self/cgroup", "4:memory:/a\n0::/\nnonsense\n");
        file("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n");
        file("/sys/fs/cgroup/memory/a/memory.usage_in_bytes", "2361024512\n");
        file("/sys/fs/cgroup/memory.max", "max\n");
        file("/sys/fs/cgroup/memory.current", "5\n");
        assertThat(available()).isEqualTo(Long.MAX_VALUE);
    }
}
