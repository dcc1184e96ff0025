package dev.plimsoll.engine.nativelib;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The driver's view of all cards of the machine, whatever CUDA_VISIBLE_DEVICES hides. */
public final class NvmlCards {

    private static final int TEXT_BYTES = 96;
    /** Of nvmlProcessInfo_t: pid, padding, used bytes, two instance ids. */
    private static final int PROCESS_BYTES = 24;

    private static final int MAX_PROCESSES = 256;

    private final ForeignLibrary library;

    private NvmlCards(ForeignLibrary library) {
        this.library = library;
    }

    /** A process on a card, by the driver's numbers. */
    public record CardProcess(long pid, long usedBytes) {}

    /** Empty where there is no driver. */
    public static Optional<NvmlCards> open() {
        Optional<ForeignLibrary> library = ForeignLibrary.open("libnvidia-ml.so.1");
        library.ifPresent(one -> ForeignLibrary.check("nvmlInit_v2", one.function("nvmlInit_v2")));
        return library.map(NvmlCards::new);
    }

    public String driverVersion() {
        MethodHandle function = library.function(
                "nvmlSystemGetDriverVersion", ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(TEXT_BYTES);
            ForeignLibrary.check("nvmlSystemGetDriverVersion", function, text, TEXT_BYTES);
            return text.getString(0);
        }
    }

    /** A thousand times the major version, and ten times the minor one. */
    public int cudaVersion() {
        return number("nvmlSystemGetCudaDriverVersion_v2");
    }

    public int count() {
        return number("nvmlDeviceGetCount_v2");
    }

    private int number(String name) {
        MethodHandle function = library.function(name, ValueLayout.ADDRESS);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(ValueLayout.JAVA_INT);
            ForeignLibrary.check(name, function, result);
            return result.get(ValueLayout.JAVA_INT, 0);
        }
    }

    public String name(int card) {
        return text("nvmlDeviceGetName", card);
    }

    /** Such as GPU-6f4d…, which CUDA_VISIBLE_DEVICES takes. */
    public String uuid(int card) {
        return text("nvmlDeviceGetUUID", card);
    }

    private String text(String name, int card) {
        MethodHandle function = library.function(
                name, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(TEXT_BYTES);
            ForeignLibrary.check(name, function, device(arena, card), text, TEXT_BYTES);
            return text.getString(0);
        }
    }

    /** Major and minor compute capability. */
    public int[] capability(int card) {
        String name = "nvmlDeviceGetCudaComputeCapability";
        MethodHandle function = library.function(
                name, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment major = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment minor = arena.allocate(ValueLayout.JAVA_INT);
            ForeignLibrary.check(name, function, device(arena, card), major, minor);
            return new int[] {major.get(ValueLayout.JAVA_INT, 0), minor.get(ValueLayout.JAVA_INT, 0)
            };
        }
    }

    /** nvmlMemory_t is {total, free, used}, each an unsigned 64-bit number of bytes. */
    public long[] freeAndTotal(int card) {
        String name = "nvmlDeviceGetMemoryInfo";
        MethodHandle function = library.function(name, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(ValueLayout.JAVA_LONG, 3);
            ForeignLibrary.check(name, function, device(arena, card), info);
            return new long[] {
                info.getAtIndex(ValueLayout.JAVA_LONG, 1), info.getAtIndex(ValueLayout.JAVA_LONG, 0)
            };
        }
    }

    /** Those that compute on the card; none where the driver does not tell. */
    public List<CardProcess> processes(int card) {
        String name = "nvmlDeviceGetComputeRunningProcesses_v3";
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle function = library.function(
                    name, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
            MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
            count.set(ValueLayout.JAVA_INT, 0, MAX_PROCESSES);
            MemorySegment infos = arena.allocate((long) MAX_PROCESSES * PROCESS_BYTES, Long.BYTES);
            ForeignLibrary.check(name, function, device(arena, card), count, infos);
            List<CardProcess> found = new ArrayList<>();
            for (int i = 0; i < count.get(ValueLayout.JAVA_INT, 0); i++) {
                long at = (long) i * PROCESS_BYTES;
                long bytes = infos.get(ValueLayout.JAVA_LONG, at + Long.BYTES);
                found.add(new CardProcess(
                        Integer.toUnsignedLong(infos.get(ValueLayout.JAVA_INT, at)),
                        Math.max(0, bytes))); // -1 means that it is not told
            }
            return found;
        } catch (IllegalStateException e) {
            return List.of(); // an older driver, or one that may not tell
        }
    }

    private MemorySegment device(Arena arena, int card) {
        String name = "nvmlDeviceGetHandleByIndex_v2";
        MethodHandle function = library.function(name, ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
        MemorySegment result = arena.allocate(ValueLayout.ADDRESS);
        ForeignLibrary.check(name, function, card, result);
        return result.get(ValueLayout.ADDRESS, 0);
    }
}
