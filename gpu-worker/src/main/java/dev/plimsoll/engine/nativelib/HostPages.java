package dev.plimsoll.engine.nativelib;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Host memory all of whose pages are there, huge ones where the system has them. The CUDA runtime
 * pins such memory at once; where it allocates itself, the system clears one small page after
 * another meanwhile, on one thread.
 */
final class HostPages {

    /** A huge page on x86-64, and on aarch64 with small ones of 4 KiB. */
    static final long HUGE_PAGE = 2L << 20;

    private static final long SMALL_PAGE = 4096;
    private static final long PART = 16L << 20;

    /** Linux, mman.h: give huge pages. */
    private static final int MADV_HUGEPAGE = 14;

    private static final boolean LINUX = System.getProperty("os.name").startsWith("Linux");

    private final MethodHandle allocate;
    private final MethodHandle advise;
    private final MethodHandle free;

    HostPages() {
        ForeignLibrary c = ForeignLibrary.standard();
        allocate = c.function(
                "posix_memalign",
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG);
        advise = c.function(
                "madvise", ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
        free = c.procedure("free", ValueLayout.JAVA_LONG);
    }

    /** Zeros; empty where the system has not so many bytes. */
    Optional<MemorySegment> allocate(long bytes) {
        long whole = Math.ceilDiv(bytes, HUGE_PAGE) * HUGE_PAGE;
        long address;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment holder = arena.allocate(ValueLayout.ADDRESS);
            if (ForeignLibrary.status("posix_memalign", allocate, holder, HUGE_PAGE, whole) != 0) {
                return Optional.empty();
            }
            address = holder.get(ValueLayout.ADDRESS, 0).address();
        }
        if (LINUX) {
            // a system without huge pages refuses, and small ones do
            ForeignLibrary.status("madvise", advise, address, whole, MADV_HUGEPAGE);
        }
        MemorySegment pages = CopyStream.pinned(address, whole);
        LongStream.range(0, Math.ceilDiv(whole, PART)).parallel().forEach(part -> {
            long end = Math.min(whole, (part + 1) * PART);
            for (long at = part * PART; at < end; at += SMALL_PAGE) {
                pages.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
            }
        });
        return Optional.of(pages.asSlice(0, bytes));
    }

    void free(long address) {
        ForeignLibrary.call("free", free, address);
    }
}
