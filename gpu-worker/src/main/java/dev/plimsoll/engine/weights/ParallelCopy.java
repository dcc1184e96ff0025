package dev.plimsoll.engine.weights;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32C;

/**
 * Copies memory by several threads and tells the CRC32C of what arrived; the number of threads does
 * not change it.
 */
final class ParallelCopy implements AutoCloseable {

    private final ExecutorService threads;
    private final long pieceBytes;

    ParallelCopy(int threads, long pieceBytes) {
        this.pieceBytes = pieceBytes;
        this.threads = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().daemon().name("upload-", 0).factory());
    }

    /** An InternalError says that the source's file became shorter, or could not be read. */
    int copy(MemorySegment from, MemorySegment to) {
        List<Callable<Integer>> pieces = new ArrayList<>();
        for (long at = 0; at < from.byteSize(); at += pieceBytes) {
            long start = at;
            long size = Math.min(pieceBytes, from.byteSize() - at);
            pieces.add(() -> piece(from.asSlice(start, size), to.asSlice(start, size)));
        }
        int crc = 0;
        try {
            List<Future<Integer>> done = threads.invokeAll(pieces);
            for (int i = 0; i < done.size(); i++) {
                crc = Crc32cJoin.join(
                        crc,
                        done.get(i).get(),
                        Math.min(pieceBytes, from.byteSize() - i * pieceBytes));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while weights were loaded", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException("a piece of a tensor was not copied", e.getCause());
        }
        return crc;
    }

    private static int piece(MemorySegment from, MemorySegment to) {
        to.copyFrom(from);
        CRC32C crc = new CRC32C();
        crc.update(to.asByteBuffer());
        return (int) crc.getValue();
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
