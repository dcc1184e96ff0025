package dev.plimsoll.model.hf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.model.files.GivenFile;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.codec.Shown;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The memory-mapped weights of a Hugging Face directory: one model.safetensors, or, where there is
 * none, shards with their index. Tensors that a model does not have may be there and are not read;
 * {@link WeightCheck} refuses those that contradict config.json.
 */
public final class WeightFiles implements AutoCloseable {

    public static final String SINGLE = "model.safetensors";
    public static final String INDEX = "model.safetensors.index.json";
    private static final ObjectMapper JSON = Json.mapper();
    private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,254}");
    private static final int SHOWN_CHARACTERS = 100;

    private final Path dir;
    private final List<Safetensors> files = new ArrayList<>();
    private final SortedMap<String, List<TensorView>> byFile = new TreeMap<>();
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

    /** The tensors of each file, by the file's name, in the order of their places in it. */
    public SortedMap<String, List<TensorView>> byFile() {
        return Collections.unmodifiableSortedMap(byFile);
    }

    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** The name of the file that a tensor of this model lies in. */
    String fileOf(TensorView tensor) {
        return byFile.entrySet().stream()
                .filter(file -> file.getValue().contains(tensor))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    /**
     * The weight of that name and shape; another shape is refused with both, and elements that are
     * no weights by their type.
     */
    public TensorView tensor(String name, long... shape) {
        TensorView view = tensors.get(name);
        if (view == null) {
            throw new ModelException(
                    dir + " has no tensor " + name + ", which its config.json calls for;"
                            + " the model is incomplete or of another architecture"
                            + staleIndex(dir).map(note -> ". " + note).orElse(""));
        }
        if (!Arrays.equals(view.shape(), shape)) {
            throw new ModelException(
                    dir + ": tensor " + name + " has shape " + Arrays.toString(view.shape())
                            + ", but config.json calls for " + Arrays.toString(shape));
        }
        if (!view.dtype().isWeight()) {
            throw new ModelException(dir + ": tensor " + name + " has elements of type "
                    + view.dtype().torchName()
                    + "; supported are float64, float32, float16 and bfloat16, so give an"
                    + " unquantized model");
        }
        return view;
    }

    @Override
    public void close() {
        files.forEach(Safetensors::close);
        files.clear();
    }

    /**
     * What is to be said where model.safetensors lies beside an index of other files: a model was
     * saved over one in shards.
     */
    static Optional<String> staleIndex(Path dir) {
        if (!Files.exists(dir.resolve(SINGLE)) || !Files.exists(dir.resolve(INDEX))) {
            return Optional.empty();
        }
        try {
            if (shards(dir).stream().allMatch(SINGLE::equals)) {
                return Optional.empty();
            }
        } catch (ModelException e) {
            // an index that cannot be read is as little looked at as one that can
        }
        return Optional.of(dir + " has both " + SINGLE + " and " + INDEX + ". As in"
                + " Transformers, the weights are those in " + SINGLE + ", and the index is not"
                + " looked at. Remove the one that is not meant");
    }

    private void openFiles() {
        if (Files.exists(dir.resolve(SINGLE))) {
            add(SINGLE);
        } else if (Files.exists(dir.resolve(INDEX))) {
            openShards();
        } else {
            throw new ModelException(dir + " has neither " + SINGLE + " nor " + INDEX
                    + "; give a Hugging Face model with safetensors weights");
        }
    }

    private void openShards() {
        Map<String, Safetensors> opened = new TreeMap<>();
        shards(dir).forEach(name -> opened.put(name, add(name)));
        for (Map.Entry<String, JsonNode> entry : index(dir).properties()) {
            String shard = entry.getValue().asText();
            TensorView tensor = opened.get(shard).tensors().get(entry.getKey());
            if (tensor == null) {
                throw new ModelException(dir.resolve(shard) + " lacks tensor " + entry.getKey()
                        + ", which " + INDEX + " places there; download the model again");
            }
            tensors.put(entry.getKey(), tensor);
        }
    }

    /** The names of the files. */
    private static SortedSet<String> shards(Path dir) {
        SortedSet<String> names = new TreeSet<>();
        index(dir).forEach(file -> names.add(file.asText()));
        for (String name : names) {
            if (!FILE_NAME.matcher(name).matches()) {
                throw new ModelException(dir.resolve(INDEX) + " places tensors in '"
                        + Shown.line(name, SHOWN_CHARACTERS)
                        + "'; a shard is a file beside the index, named by letters, digits, dots,"
                        + " dashes and underscores; download the model again");
            }
        }
        return names;
    }

    /** Tensor to file. */
    private static JsonNode index(Path dir) {
        try {
            return JSON.readTree(GivenFile.read(dir.resolve(INDEX), GivenFile.LIST_BYTES))
                    .path("weight_map");
        } catch (JsonProcessingException e) {
            throw new ModelException(
                    dir.resolve(INDEX) + " is not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelException(dir.resolve(INDEX) + " cannot be read: " + e.getMessage(), e);
        }
    }

    private Safetensors add(String fileName) {
        Safetensors file = Safetensors.open(dir.resolve(fileName));
        files.add(file);
        tensors.putAll(file.tensors());
        byFile.put(
                fileName,
                file.tensors().values().stream()
                        .sorted(Comparator.comparingLong(
                                tensor -> tensor.bytes().address()))
                        .toList());
        return file;
    }
}
