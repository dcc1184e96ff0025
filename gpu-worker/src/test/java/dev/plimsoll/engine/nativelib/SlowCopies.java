package dev.plimsoll.engine.nativelib;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Stands for a device: copies only when it must. What is changed before its turn, or sent but not
 * finished, arrives wrong.
 */
@SuppressWarnings("restricted") // stands for a device's memory
public final class SlowCopies implements StagingBuffers {

    private record Copy(int index, MemorySegment from, MemorySegment to) {}

    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> buffers = new ArrayList<>();
    private final List<Copy> underWay = new ArrayList<>();

    public SlowCopies(int count, long bytesEach) {
        for (int i = 0; i < count; i++) {
            buffers.add(arena.allocate(bytesEach));
        }
    }

    @Override
    public int count() {
        return buffers.size();
    }

    @Override
    public MemorySegment buffer(int index) {
        return buffers.get(index);
    }

    @Override
    public void send(int index, long target, long bytes) {
        underWay.add(new Copy(index, part(index, bytes), device(target, bytes)));
    }

    @Override
    public void receive(int index, long source, long bytes) {
        underWay.add(new Copy(index, device(source, bytes), part(index, bytes)));
    }

    /** In order, as on a stream: all that was begun before goes first. */
    @Override
    public void await(int index) {
        while (underWay.stream().anyMatch(copy -> copy.index() == index)) {
            arrive(underWay.removeFirst());
        }
    }

    @Override
    public void finish() {
        underWay.forEach(SlowCopies::arrive);
        underWay.clear();
    }

    @Override
    public void close() {
        arena.close();
    }

    private MemorySegment part(int index, long bytes) {
        return buffers.get(index).asSlice(0, bytes);
    }

    private static MemorySegment device(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    private static void arrive(Copy copy) {
        copy.to().copyFrom(copy.from());
    }
}
