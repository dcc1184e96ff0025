package dev.plimsoll.engine.nativelib;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Host memory that is pinned: pages that are there already and then registered with the CUDA
 * runtime, which is several times as fast as to have it allocate them. Where that is refused, the
 * runtime allocates. Any thread, one at a time.
 */
final class PinnedMemory {

    /** Less is not worth pages of its own. */
    private static final long FROM_BYTES = 8L << 20;

    /** Pins and unpins; results as the CUDA runtime's, 0 for success. */
    interface Runtime {

        int register(long address, long bytes);

        void unregister(long address);

        /** An address; fails with an IllegalStateException where the system refuses. */
        long allocate(long bytes);

        void free(long address);
    }

    private final Runtime runtime;
    private final HostPages pages;
    private final Set<Long> registered = new HashSet<>();

    PinnedMemory(Runtime runtime) {
        this.runtime = runtime;
        this.pages = new HostPages();
    }

    static PinnedMemory of(ForeignLibrary cudart) {
        return new PinnedMemory(new Cuda(cudart));
    }

    /** The address; fails with an IllegalStateException where the system refuses. */
    synchronized long allocate(long bytes) {
        Optional<MemorySegment> mine =
                bytes < FROM_BYTES ? Optional.empty() : pages.allocate(bytes);
        if (mine.isEmpty()) {
            return runtime.allocate(bytes);
        }
        long address = mine.get().address();
        if (runtime.register(address, bytes) == 0) {
            registered.add(address);
            return address;
        }
        pages.free(address);
        return runtime.allocate(bytes);
    }

    synchronized void free(long address) {
        if (registered.remove(address)) {
            runtime.unregister(address);
            pages.free(address);
        } else {
            runtime.free(address);
        }
    }

    private static final class Cuda implements Runtime {
        private final MethodHandle register;
        private final MethodHandle unregister;
        private final MethodHandle allocate;
        private final MethodHandle free;
        private final MethodHandle lastError;

        private Cuda(ForeignLibrary cudart) {
            register = cudart.function(
                    "cudaHostRegister",
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT);
            unregister = cudart.function("cudaHostUnregister", ValueLayout.JAVA_LONG);
            allocate = cudart.function(
                    "cudaHostAlloc",
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT);
            free = cudart.function("cudaFreeHost", ValueLayout.JAVA_LONG);
            lastError = cudart.function("cudaGetLastError");
        }

        @Override
        public int register(long address, long bytes) {
            int error = ForeignLibrary.status("cudaHostRegister", register, address, bytes, 0);
            forget(error);
            return error;
        }

        /** PyTorch would take it for a failure of its own next kernel. */
        private void forget(int error) {
            if (error != 0) {
                ForeignLibrary.status("cudaGetLastError", lastError);
            }
        }

        @Override
        public void unregister(long address) {
            ForeignLibrary.check("cudaHostUnregister", unregister, address);
        }

        @Override
        public long allocate(long bytes) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment holder = arena.allocate(ValueLayout.ADDRESS);
                int error = ForeignLibrary.status("cudaHostAlloc", allocate, holder, bytes, 0);
                forget(error);
                if (error != 0) {
                    throw new IllegalStateException(
                            "cudaHostAlloc of " + bytes + " bytes failed with code " + error);
                }
                return holder.get(ValueLayout.ADDRESS, 0).address();
            }
        }

        @Override
        public void free(long address) {
            ForeignLibrary.check("cudaFreeHost", free, address);
        }
    }
}
