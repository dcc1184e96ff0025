package dev.plimsoll.model.merge;

import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.TensorData;
import dev.plimsoll.model.hf.TensorView;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import java.util.stream.IntStream;

/** Writes a tensor of the base, changed or as it is, in pieces: what is written leaves memory. */
final class MergedTensor {

    private static final int PIECE_BYTES = 16 << 20;

    /** So many rows are one thread's work. */
    private static final int ROWS = 64;

    private MergedTensor() {}

    static void copy(TensorView base, WritableByteChannel out) throws IOException {
        long size = base.bytes().byteSize();
        for (long from = 0; from < size; from += PIECE_BYTES) {
            MemorySegment piece = base.bytes().asSlice(from, Math.min(PIECE_BYTES, size - from));
            TensorData.drain(out, piece.asByteBuffer());
            piece.unload();
        }
    }

    /** Returns what became of the change. */
    static Survival merge(TensorView base, LowRankChange change, WritableByteChannel out)
            throws IOException {
        int rows = Math.toIntExact(base.shape()[0]);
        long rowBytes = (long) change.in() * base.dtype().bytes();
        int together = Math.toIntExact(Math.clamp(PIECE_BYTES / rowBytes, 1, rows));
        ByteBuffer buffer = ByteBuffer.allocateDirect(Math.toIntExact(together * rowBytes));
        MemorySegment merged = MemorySegment.ofBuffer(buffer);
        Survival survival = Survival.NOTHING;
        for (int from = 0; from < rows; from += together) {
            int first = from;
            int count = Math.min(together, rows - from);
            MemorySegment piece = base.bytes().asSlice(first * rowBytes, count * rowBytes);
            List<MergedRow> parts = IntStream.range(0, Math.ceilDiv(count, ROWS))
                    .parallel()
                    .mapToObj(part -> {
                        MergedRow row = new MergedRow(base.dtype(), change.in());
                        int end = Math.min(count, (part + 1) * ROWS);
                        for (int i = part * ROWS; i < end; i++) {
                            change.row(first + i, row.change());
                            row.add(piece, i * rowBytes, merged, i * rowBytes);
                        }
                        return row;
                    })
                    .toList();
            for (MergedRow part : parts) {
                requireFinite(base, part);
                survival = survival.plus(new Survival(part.wanted(), part.lost()));
            }
            TensorData.drain(out, buffer.clear().limit(Math.toIntExact(count * rowBytes)));
            piece.unload();
        }
        return survival;
    }

    private static void requireFinite(TensorView base, MergedRow part) {
        if (part.overflows() > 0) {
            throw new ModelException("merged, " + base.name() + " has values that are not finite:"
                    + " base or adapter is damaged, or " + base.dtype().torchName()
                    + " cannot hold their sum");
        }
    }
}
