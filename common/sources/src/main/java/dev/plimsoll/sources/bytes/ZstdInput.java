package dev.plimsoll.sources.bytes;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * What the frames of a zstd file hold, one after the other (RFC 8878). The library's own stream
 * takes the end of the file for the end of a frame if it has read both frames at once; here a frame
 * that does not end is a failure.
 */
final class ZstdInput extends BulkInput {

    private static final int BUFFER_BYTES = 1 << 17;

    private final InputStream packed;
    private final ZstdDecompressCtx frames = new ZstdDecompressCtx();
    private final byte[] read = new byte[BUFFER_BYTES];
    private final ByteBuffer from = ByteBuffer.allocateDirect(BUFFER_BYTES).limit(0);
    private final ByteBuffer to = ByteBuffer.allocateDirect(BUFFER_BYTES).limit(0);
    private long before;
    private boolean inFrame;

    ZstdInput(InputStream packed) {
        this.packed = packed;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        while (!to.hasRemaining() && length > 0) {
            // a full buffer may have more behind it that needs no input
            boolean full = inFrame && to.limit() == to.capacity();
            if (!full && !from.hasRemaining() && !fill()) {
                if (inFrame) {
                    throw new EOFException();
                }
                return -1;
            }
            unpack();
        }
        int count = Math.min(length, to.remaining());
        to.get(into, offset, count);
        return count;
    }

    @Override
    public void close() throws IOException {
        frames.close();
        packed.close();
    }

    private void unpack() throws IOException {
        int begin = from.position();
        to.clear();
        try {
            boolean ends = frames.decompressDirectByteBufferStream(to, from);
            inFrame = !ends && (inFrame || from.position() > begin);
        } catch (ZstdException e) {
            if (!inFrame) {
                throw Packing.ZSTD.endsAt(before + begin);
            }
            throw new IOException(e.getMessage(), e);
        } finally {
            to.flip();
        }
    }

    private boolean fill() throws IOException {
        int count = packed.read(read, 0, read.length);
        if (count < 0) {
            return false;
        }
        before += from.limit();
        from.clear().put(read, 0, count).flip();
        return true;
    }
}
