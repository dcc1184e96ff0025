package dev.plimsoll.model.hf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A memory-mapped safetensors file: eight bytes of header length, a JSON header
 * {@code {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}}, then the tensors' bytes.
 */
public final class Safetensors implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long MAX_HEADER_BYTES = 100_000_000;

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
            throw e instanceof RuntimeException r ? r : new UncheckedIOException((IOException) e);
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
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size < 8) {
                throw broken("is " + size + " bytes long and has no header");
            }
            MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
            long headerBytes = all.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
            if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES || 8 + headerBytes > size) {
                throw broken("says its header has " + headerBytes + " bytes, in a file of " + size);
            }
            byte[] header = all.asSlice(8, headerBytes).toArray(ValueLayout.JAVA_BYTE);
            read(new String(header, StandardCharsets.UTF_8), all.asSlice(8 + headerBytes));
        } catch (NoSuchFileException e) {
            throw new ModelException(file + " does not exist; the checkpoint is incomplete, download it again", e);
        }
    }

    private void read(String header, MemorySegment data) {
        JsonNode root;
        try {
            root = JSON.readTree(header);
        } catch (JsonProcessingException e) {
            throw broken("has a header that is not JSON (" + e.getOriginalMessage() + ")");
        }
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                tensors.put(entry.getKey(), view(entry.getKey(), entry.getValue(), data));
            }
        }
    }

    private TensorView view(String name, JsonNode node, MemorySegment data) {
        Dtype dtype;
        try {
            dtype = Dtype.valueOf(node.path("dtype").asText());
        } catch (IllegalArgumentException e) {
            throw new ModelException(
                    file + ": tensor " + name + " has dtype " + node.path("dtype")
                            + "; supported are F64, F32, F16 and BF16, so give an unquantized checkpoint",
                    e);
        }
        long[] shape = new long[node.path("shape").size()];
        long bytes = dtype.bytes();
        for (int i = 0; i < shape.length; i++) {
            shape[i] = node.path("shape").get(i).asLong();
            bytes = Math.multiplyExact(bytes, shape[i]);
        }
        long from = node.path("data_offsets").path(0).asLong(-1);
        long to = node.path("data_offsets").path(1).asLong(-1);
        if (from < 0 || to < from || to - from != bytes) {
            throw broken("places tensor " + name + " at bytes " + from + " to " + to + ", which is not the " + bytes
                    + " bytes of its shape");
        }
        if (to > data.byteSize()) {
            throw broken("is cut short: tensor " + name + " ends at byte " + to + " of " + data.byteSize());
        }
        return new TensorView(name, dtype, shape, data.asSlice(from, bytes));
    }

    private ModelException broken(String what) {
        return new ModelException(file + " " + what + "; it is damaged, download or write it again");
    }
}
