package dev.plimsoll.model.hf;

import dev.plimsoll.model.files.GivenFile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A memory-mapped safetensors file: eight bytes of header length, a JSON header {@code {"name":
 * {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}}, then the tensors' bytes.
 */
public final class Safetensors implements AutoCloseable {

    private static final ValueLayout.OfLong LITTLE_ENDIAN_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long MAX_HEADER_BYTES = 32 << 20;

    private final Arena arena = Arena.ofShared();
    private final Path file;
    private final SortedMap<String, TensorView> tensors = new TreeMap<>();

    private Safetensors(Path file) {
        this.file = file;
    }

    public static Safetensors open(Path file) {
        Safetensors opened = new Safetensors(file);
        try {
            opened.map();
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e instanceof RuntimeException r
                    ? r
                    : new ModelException(file + " cannot be read: " + e.getMessage(), e);
        }
        return opened;
    }

    /** By name, sorted. */
    public SortedMap<String, TensorView> tensors() {
        return Collections.unmodifiableSortedMap(tensors);
    }

    /** The tensor of that name; an unknown name is refused. */
    public TensorView tensor(String name) {
        TensorView view = tensors.get(name);
        if (view == null) {
            throw new ModelException(file + " has no tensor " + name);
        }
        return view;
    }

    @Override
    public void close() {
        arena.close();
    }

    private void map() throws IOException {
        requireFile();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size < SafetensorsHeader.START) {
                throw SafetensorsHeader.broken(
                        file, "is " + size + " bytes long and has no header");
            }
            MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
            long headerBytes = all.get(LITTLE_ENDIAN_LONG, 0);
            if (headerBytes < 2
                    || headerBytes > MAX_HEADER_BYTES
                    || SafetensorsHeader.START + headerBytes > size) {
                throw SafetensorsHeader.broken(
                        file,
                        "says its header has " + headerBytes + " bytes, in a file of " + size);
            }
            byte[] header = all.asSlice(SafetensorsHeader.START, headerBytes)
                    .toArray(ValueLayout.JAVA_BYTE);
            MemorySegment data = all.asSlice(SafetensorsHeader.START + headerBytes);
            for (SafetensorsHeader.Entry entry :
                    new SafetensorsHeader(file, data.byteSize()).parse(header)) {
                MemorySegment bytes = data.asSlice(entry.from(), entry.to() - entry.from());
                tensors.put(
                        entry.name(),
                        new TensorView(entry.name(), entry.dtype(), entry.shape(), bytes));
            }
        }
    }

    /** A pipe would be waited for when it is opened. */
    private void requireFile() throws IOException {
        try {
            GivenFile.requireFile(file);
        } catch (NoSuchFileException e) {
            throw new ModelException(
                    file + " does not exist; the model is incomplete, download it again", e);
        }
    }
}
