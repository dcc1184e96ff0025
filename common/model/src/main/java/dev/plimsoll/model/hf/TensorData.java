package dev.plimsoll.model.hf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;

/**
 * A tensor to be written: its bytes are produced when its turn comes, so that a large model needs
 * no heap.
 */
public record TensorData(String name, Dtype dtype, long[] shape, Content content) {

    private static final int CHUNK_BYTES = 1 << 16;

    /** Writes exactly the tensor's bytes, little-endian and row-major. */
    @FunctionalInterface
    public interface Content {
        void writeTo(WritableByteChannel out) throws IOException;
    }

    public long byteSize() {
        return Arrays.stream(shape).reduce(dtype.bytes(), Math::multiplyExact);
    }

    /** An fp32 tensor from values[from …]. */
    public static TensorData floats(String name, long[] shape, float[] values, int from) {
        int count = Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b));
        return new TensorData(name, Dtype.F32, shape, out -> writeFloats(out, values, from, count));
    }

    /** An int32 tensor of one dimension. */
    public static TensorData ints(String name, int[] values) {
        return new TensorData(name, Dtype.I32, new long[] {values.length}, out -> {
            ByteBuffer buffer =
                    ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
            buffer.asIntBuffer().put(values);
            drain(out, buffer);
        });
    }

    private static void writeFloats(WritableByteChannel out, float[] values, int from, int count)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int done = 0; done < count; ) {
            int now = Math.min(CHUNK_BYTES / 4, count - done);
            buffer.clear().limit(now * 4);
            buffer.asFloatBuffer().put(values, from + done, now);
            drain(out, buffer);
            done += now;
        }
    }

    /** Writes all of the buffer. */
    public static void drain(WritableByteChannel out, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
    }
}
