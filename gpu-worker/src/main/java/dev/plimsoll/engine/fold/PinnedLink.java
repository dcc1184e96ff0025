package dev.plimsoll.engine.fold;

import dev.plimsoll.engine.nativelib.StagingBuffers;

import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/**
 * Copies arrays to and from a device through pinned buffers, several of them under way at a time
 * while all cores copy between them and the heap. A copy to the device comes before what the device
 * is given afterwards.
 */
final class PinnedLink implements AutoCloseable {

    static final int BUFFERS = 4;
    static final long BUFFER_BYTES = 16L << 20;
    private static final long PIECE_BYTES = 1L << 20;

    private final StagingBuffers staging;
    private final long pieceBytes;

    PinnedLink(StagingBuffers staging) {
        this(staging, PIECE_BYTES);
    }

    PinnedLink(StagingBuffers staging, long pieceBytes) {
        this.staging = staging;
        this.pieceBytes = pieceBytes;
    }

    /** Returns when the array may be changed; the copy may still be under way. */
    void upload(MemorySegment from, long target) {
        long at = 0;
        for (int turn = 0; at < from.byteSize(); turn++) {
            int index = turn % staging.count();
            staging.await(index);
            MemorySegment buffer = staging.buffer(index);
            long size = Math.min(buffer.byteSize(), from.byteSize() - at);
            copy(from.asSlice(at, size), buffer.asSlice(0, size));
            staging.send(index, target + at, size);
            at += size;
        }
    }

    /** Begins to copy so many bytes to the host; {@link #finish} waits for them. */
    void begin(long source, long bytes) {
        for (int turn = 0; turn < staging.count(); turn++) {
            request(source, bytes, turn);
        }
    }

    /** Waits until all is there that {@link #begin} was called for; nothing may lie between. */
    void finish(long source, MemorySegment into) {
        long each = staging.buffer(0).byteSize();
        for (int turn = 0; turn * each < into.byteSize(); turn++) {
            int index = turn % staging.count();
            staging.await(index);
            long size = size(into.byteSize(), turn);
            copy(staging.buffer(index).asSlice(0, size), into.asSlice(turn * each, size));
            request(source, into.byteSize(), turn + staging.count());
        }
    }

    void download(long source, MemorySegment into) {
        begin(source, into.byteSize());
        finish(source, into);
    }

    private void request(long source, long bytes, int turn) {
        long size = size(bytes, turn);
        if (size > 0) {
            int index = turn % staging.count();
            staging.receive(index, source + turn * staging.buffer(0).byteSize(), size);
        }
    }

    /** Of the part of a vector that a buffer takes in that turn; none beyond its end. */
    private long size(long bytes, int turn) {
        long each = staging.buffer(0).byteSize();
        return Math.min(each, bytes - turn * each);
    }

    private void copy(MemorySegment from, MemorySegment to) {
        int pieces = Math.toIntExact(Math.ceilDiv(from.byteSize(), pieceBytes));
        IntStream numbers = IntStream.range(0, pieces);
        (pieces > 1 ? numbers.parallel() : numbers).forEach(piece -> {
            long at = piece * pieceBytes;
            long size = Math.min(pieceBytes, from.byteSize() - at);
            to.asSlice(at, size).copyFrom(from.asSlice(at, size));
        });
    }

    @Override
    public void close() {
        staging.close();
    }
}
