package dev.plimsoll.model.hf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;

import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Reads the JSON header of a safetensors file and checks what the format promises: tensors fill the
 * data without gap and without overlap, so that every byte belongs to one of them.
 */
final class SafetensorsHeader {

    /** Where the header begins in the file. */
    static final int START = 8;

    private static final ObjectReader JSON =
            Json.mapper().reader().with(StreamReadFeature.STRICT_DUPLICATE_DETECTION);

    private final Path file;
    private final long dataBytes;

    SafetensorsHeader(Path file, long dataBytes) {
        this.file = file;
        this.dataBytes = dataBytes;
    }

    /** A tensor's place, in bytes from the end of the header. */
    record Entry(String name, Dtype dtype, long[] shape, long from, long to) {}

    /** In the order of their places. */
    List<Entry> parse(byte[] header) {
        requireUtf8(header);
        JsonNode root = json(header);
        if (!root.isObject()) {
            throw broken(
                    "has a header that is a JSON " + root.getNodeType() + " instead of an object");
        }
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                entries.add(entry(entry.getKey(), entry.getValue()));
            }
        }
        entries.sort(Comparator.comparingLong(Entry::from).thenComparingLong(Entry::to));
        requireSeamless(entries);
        return entries;
    }

    private void requireUtf8(byte[] header) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer bytes = ByteBuffer.wrap(header);
        CoderResult result = decoder.decode(bytes, CharBuffer.allocate(header.length), true);
        if (result.isError()) {
            throw broken("has a header that is not UTF-8 at byte " + (START + bytes.position()));
        }
    }

    private JsonNode json(byte[] header) {
        try {
            return JSON.readTree(header);
        } catch (JsonProcessingException e) {
            long at = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getByteOffset());
            throw broken("has a header that is not JSON at byte " + (START + at) + " ("
                    + e.getOriginalMessage() + ")");
        } catch (IOException e) {
            throw broken("has a header that is not JSON (" + e.getMessage() + ")");
        }
    }

    private Entry entry(String name, JsonNode node) {
        Dtype dtype = Dtype.of(node.path("dtype").asText());
        long[] shape = shape(name, node.path("shape"));
        JsonNode offsets = node.path("data_offsets");
        long from = offsets.path(0).asLong(-1);
        long to = offsets.path(1).asLong(-1);
        long bytes = bytes(name, dtype, shape);
        boolean fits = dtype == Dtype.OTHER || to - from == bytes;
        if (from < 0 || to < from || !fits) {
            throw broken("places tensor " + name + " at bytes " + from + " to " + to
                    + ", which is not the " + bytes + " bytes of its shape");
        }
        if (to > dataBytes) {
            throw broken("is cut short: tensor " + name + " ends at byte " + to + " of " + dataBytes
                    + " (it begins at " + from + ")");
        }
        return new Entry(name, dtype, shape, from, to);
    }

    private long[] shape(String name, JsonNode node) {
        if (!node.isArray()) {
            throw broken("gives tensor " + name + " no shape");
        }
        long[] shape = new long[node.size()];
        for (int i = 0; i < shape.length; i++) {
            JsonNode size = node.get(i);
            if (!size.isIntegralNumber() || !size.canConvertToLong() || size.longValue() < 0) {
                throw broken("gives tensor " + name + " the shape " + node + ", of which " + size
                        + " is not a size");
            }
            shape[i] = size.longValue();
        }
        return shape;
    }

    private long bytes(String name, Dtype dtype, long[] shape) {
        long bytes = dtype.bytes();
        try {
            for (long size : shape) {
                bytes = Math.multiplyExact(bytes, size);
            }
        } catch (ArithmeticException e) {
            throw broken("gives tensor " + name + " the shape " + java.util.Arrays.toString(shape)
                    + ", which no file can hold");
        }
        return bytes;
    }

    private void requireSeamless(List<Entry> entries) {
        long end = 0;
        String before = "the header";
        for (Entry entry : entries) {
            if (entry.from() < end) {
                throw broken("places tensor " + entry.name() + " at bytes " + entry.from() + " to "
                        + entry.to() + ", over " + before + ", which ends at " + end);
            }
            if (entry.from() > end) {
                throw broken("has bytes " + end + " to " + entry.from() + " between " + before
                        + " and tensor " + entry.name() + " that belong to no tensor");
            }
            end = entry.to();
            before = "tensor " + entry.name();
        }
        if (end < dataBytes) {
            throw broken("has bytes " + end + " to " + dataBytes + " after " + before
                    + " that belong to no tensor");
        }
    }

    private ModelException broken(String what) {
        return broken(file, what);
    }

    static ModelException broken(Path file, String what) {
        return new ModelException(
                file + " " + what + "; it is damaged, download or write it again");
    }
}
