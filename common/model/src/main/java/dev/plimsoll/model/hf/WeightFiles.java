package dev.plimsoll.model.hf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The memory-mapped weights of a Hugging Face directory: one model.safetensors, or shards with
 * their index.
 */
public final class WeightFiles implements AutoCloseable {

    public static final String SINGLE = "model.safetensors";
    public static final String INDEX = "model.safetensors.index.json";
    private static final ObjectMapper JSON = Json.mapper();

    private final Path dir;
    private final List<Safetensors> files = new ArrayList<>();
    private final SortedMap<String, TensorView> tensors = new TreeMap<>();

    private WeightFiles(Path dir) {
        this.dir = dir;
    }

    public static WeightFiles open(Path dir) {
        WeightFiles opened = new WeightFiles(dir);
        try {
            opened.openFiles();
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
        return opened;
    }

    /** By name, sorted. */
    public SortedMap<String, TensorView> tensors() {
        return Collections.unmodifiableSortedMap(tensors);
    }

    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** The tensor of that name and shape; anything else is refused with both shapes. */
    public TensorView tensor(String name, long... shape) {
        TensorView view = tensors.get(name);
        if (view == null) {
            throw new ModelException(
                    dir + " has no tensor " + name + ", which its config.json calls for;"
                            + " the model is incomplete or of another architecture");
        }
        if (!Arrays.equals(view.shape(), shape)) {
            throw new ModelException(
                    dir + ": tensor " + name + " has shape " + Arrays.toString(view.shape())
                            + ", but config.json calls for " + Arrays.toString(shape));
        }
        return view;
    }

    @Override
    public void close() {
        files.forEach(Safetensors::close);
        files.clear();
    }

    private void openFiles() {
        if (Files.exists(dir.resolve(INDEX))) {
            openShards();
        } else if (Files.exists(dir.resolve(SINGLE))) {
            add(SINGLE);
        } else {
            throw new ModelException(dir + " has neither " + SINGLE + " nor " + INDEX
                    + "; give a Hugging Face model with safetensors weights");
        }
    }

    private void openShards() {
        JsonNode map;
        try {
            map = JSON.readTree(Files.readAllBytes(dir.resolve(INDEX))).path("weight_map");
        } catch (JsonProcessingException e) {
            throw new ModelException(
                    dir.resolve(INDEX) + " is not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        TreeSet<String> names = new TreeSet<>();
        map.forEach(file -> names.add(file.asText()));
        names.forEach(this::add);
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            if (!tensors.containsKey(entry.getKey())) {
                throw new ModelException(dir.resolve(entry.getValue().asText()) + " lacks tensor "
                        + entry.getKey() + ", which " + INDEX
                        + " places there; download the model again");
            }
        }
    }

    private void add(String fileName) {
        Safetensors file = Safetensors.open(dir.resolve(fileName));
        files.add(file);
        tensors.putAll(file.tensors());
    }
}
