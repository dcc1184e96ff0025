package dev.plimsoll.engine.nativelib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The pages are the system's; only the CUDA runtime, which pins them, is a fake. */
class PinnedMemoryTest {

    private static final long MIB = 1L << 20;

    private static final class Fake implements PinnedMemory.Runtime {
        private final Map<Long, Long> registered = new TreeMap<>();
        private final List<Long> allocated = new ArrayList<>();
        private boolean refuses;
        private boolean full;

        @Override
        public int register(long address, long bytes) {
            if (refuses) {
                return 801;
            }
            registered.put(address, bytes);
            return 0;
        }

        @Override
        public void unregister(long address) {
            assertThat(registered.remove(address)).isNotNull();
        }

        @Override
        public long allocate(long bytes) {
            if (full) {
                throw new IllegalStateException("cudaHostAlloc failed with code 2");
            }
            allocated.add(bytes);
            return allocated.size();
        }

        @Override
        public void free(long address) {
            allocated.set((int) address - 1, 0L);
        }
    }

    private final Fake fake = new Fake();
    private final PinnedMemory memory = new PinnedMemory(fake);

    @Test
    void aBlockIsPagesOfZerosThatAreRegisteredAndFreed() {
        long bytes = 33 * MIB + 1;
        long address = memory.allocate(bytes);
        assertThat(address % HostPages.HUGE_PAGE).isZero();
        assertThat(fake.registered).containsOnly(Map.entry(address, bytes));
        MemorySegment seen = CopyStream.pinned(address, bytes);
        for (long at = 0; at < bytes; at += MIB) {
            assertThat(seen.get(ValueLayout.JAVA_BYTE, at)).isZero();
            seen.set(ValueLayout.JAVA_BYTE, at, (byte) 1);
        }
        long other = memory.allocate(bytes);
        assertThat(seen.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
        memory.free(address);
        assertThat(fake.registered).containsOnlyKeys(other);
        memory.free(other);
        assertThat(fake.registered).isEmpty();
        assertThat(fake.allocated).isEmpty();
    }

    @Test
    void littleIsTheRuntimes() {
        long address = memory.allocate(MIB);
        assertThat(fake.allocated).containsExactly(MIB);
        memory.free(address);
        assertThat(fake.allocated).containsExactly(0L);
        assertThat(fake.registered).isEmpty();
    }

    @Test
    void whereNothingCanBeRegisteredTheRuntimeAllocates() {
        fake.refuses = true;
        long address = memory.allocate(64 * MIB);
        assertThat(fake.allocated).containsExactly(64 * MIB);
        memory.free(address);
        assertThat(fake.allocated).containsExactly(0L);
    }

    @Test
    void whatNobodyHasIsRefused() {
        fake.full = true;
        assertThatThrownBy(() -> memory.allocate(1L << 60)).hasMessageContaining("code 2");
        fake.refuses = true;
        assertThatThrownBy(() -> memory.allocate(64 * MIB)).hasMessageContaining("code 2");
    }
}
