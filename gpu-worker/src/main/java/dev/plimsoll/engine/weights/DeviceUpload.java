package dev.plimsoll.engine.weights;

import dev.plimsoll.engine.nativelib.CudaStagingBuffers;
import dev.plimsoll.engine.nativelib.StagingBuffers;
import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.TensorView;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Brings tensors of memory-mapped files to a device without a copy of the whole tensor in host
 * memory: to a GPU through {@link #STAGING_BYTES} of pinned buffers, filled in turn while others
 * are sent; on the CPU straight into the tensor. Belongs to one thread.
 */
public final class DeviceUpload implements AutoCloseable {

    /** Host memory for a GPU: four buffers of 16 MiB. */
    public static final long STAGING_BYTES = 64L << 20;

    private static final int BUFFERS = 4;
    private static final long PIECE_BYTES = 1L << 20;

    private final QuantizeScript script;
    private final int device;
    private final StagingBuffers staging;
    private final ParallelCopy copies;
    private final SortedMap<String, Integer> checksums = new TreeMap<>();

    /** @param staging null on the CPU */
    DeviceUpload(QuantizeScript script, int device, StagingBuffers staging, ParallelCopy copies) {
        this.script = script;
        this.device = device;
        this.staging = staging;
        this.copies = copies;
    }

    /**
     * @param script with the methods of quantize.py
     * @param device -1 is the CPU, n the n-th GPU
     * @param threads that read the file and copy, at least one
     */
    public static DeviceUpload open(QuantizeScript script, int device, int threads) {
        StagingBuffers staging = device < 0
                ? null
                : CudaStagingBuffers.open(device, BUFFERS, STAGING_BYTES / BUFFERS);
        return new DeviceUpload(script, device, staging, new ParallelCopy(threads, PIECE_BYTES));
    }

    /**
     * The tensor as [rows, columns], or as a vector. Where the file has another dtype, both are on
     * the device for a moment. Values that are not finite are refused by the tensor's name.
     *
     * @param torchDtype PyTorch's number
     */
    public Tensor load(Scope into, TensorView view, int torchDtype) {
        long rows = view.shape().length > 1 ? view.shape()[0] : 0;
        Tensor tensor;
        try (Scope raw = script.scope()) {
            Tensor bytes = script.empty(raw, view.elements(), TorchDtype.of(view.dtype()), device);
            checksums.put(view.name(), fill(view, bytes));
            tensor = script.shaped(into, bytes, rows, torchDtype);
        }
        double broken = script.nonFinite(tensor);
        if (broken > 0) {
            throw new ModelException(
                    "tensor " + view.name() + " has " + (long) broken + " values of "
                            + view.elements()
                            + " that are NaN or infinite; the file is damaged or "
                            + "overflows the chosen precision");
        }
        return tensor;
    }

    /**
     * CRC32C over the sorted names and CRC32C of all tensors so far: the same for the same bytes on
     * any device.
     */
    public long checksum() {
        CRC32C all = new CRC32C();
        checksums.forEach(
                (name, crc) -> all.update((name + " " + HexFormat.of().toHexDigits(crc) + "\n")
                        .getBytes(StandardCharsets.UTF_8)));
        return all.getValue();
    }

    /** Tensors so far. */
    public int tensors() {
        return checksums.size();
    }

    @Override
    public void close() {
        copies.close();
        if (staging != null) {
            staging.close();
        }
    }

    private int fill(TensorView view, Tensor tensor) {
        MemorySegment source = view.bytes();
        int[] crc = {0};
        if (source.byteSize() == 0) {
            return crc[0];
        }
        try {
            script.withBytes(
                    tensor,
                    source.byteSize(),
                    target -> crc[0] = staging == null
                            ? copies.copy(source, target)
                            : staged(source, target.address()));
        } catch (InternalError e) {
            throw new ModelException(
                    "tensor " + view.name()
                            + " could not be read: its file became shorter or its disk failed"
                            + " while it was loaded; download or copy the model again",
                    e);
        }
        return crc[0];
    }

    /** Even after a failure nothing is left under way, since the tensor may then be freed. */
    private int staged(MemorySegment source, long target) {
        int crc = 0;
        try {
            long at = 0;
            for (int turn = 0; at < source.byteSize(); turn++) {
                int index = turn % staging.count();
                staging.await(index);
                MemorySegment buffer = staging.buffer(index);
                long size = Math.min(buffer.byteSize(), source.byteSize() - at);
                crc = Crc32cJoin.join(
                        crc, copies.copy(source.asSlice(at, size), buffer.asSlice(0, size)), size);
                staging.send(index, target + at, size);
                at += size;
            }
        } finally {
            staging.finish();
        }
        return crc;
    }
}
