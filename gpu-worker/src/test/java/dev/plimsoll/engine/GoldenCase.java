package dev.plimsoll.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.Safetensors;
import dev.plimsoll.model.peft.PeftAdapter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** One case that make_golden.py has computed with Transformers and PEFT. */
public record GoldenCase(
        Path dir, JsonNode json, PeftAdapter adapter, List<PackedSequence> sequences) {

    /** Beside the module's sources; a property names another place. */
    static Path root() {
        return Path.of(System.getProperty("plimsoll.golden", "src/test/golden"));
    }

    public static List<GoldenCase> all() {
        try (Stream<Path> dirs = Files.list(root())) {
            return dirs.filter(Files::isDirectory)
                    .sorted()
                    .map(GoldenCase::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static GoldenCase named(String name) {
        return read(root().resolve(name));
    }

    /** Into an empty directory: the weights beside a config.json of one layer less. */
    public void copyWithoutLastLayer(Path model) throws IOException {
        Files.copy(dir.resolve("model.safetensors"), model.resolve("model.safetensors"));
        ObjectNode config = (ObjectNode)
                new ObjectMapper().readTree(dir.resolve("config.json").toFile());
        config.put("num_hidden_layers", config.get("num_hidden_layers").asInt() - 1);
        Files.writeString(model.resolve("config.json"), config.toString());
    }

    private static GoldenCase read(Path dir) {
        try {
            JsonNode json = new ObjectMapper().readTree(dir.resolve("case.json").toFile());
            List<PackedSequence> sequences = new ArrayList<>();
            for (JsonNode node : json.get("sequences")) {
                int[] tokens = new int[node.get("tokens").size()];
                boolean[] trainOn = new boolean[tokens.length];
                for (int i = 0; i < tokens.length; i++) {
                    tokens[i] = node.get("tokens").get(i).asInt();
                    trainOn[i] = node.get("trainOn").get(i).asInt() == 1;
                }
                sequences.add(new PackedSequence(sequences.size(), tokens, trainOn));
            }
            return new GoldenCase(
                    dir,
                    json,
                    PeftAdapter.read(dir.resolve("adapter"), LlamaConfig.read(dir)),
                    sequences);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    AdapterLayout layout() {
        return adapter.layout();
    }

    public int lossTokens() {
        return json.get("lossTokens").asInt();
    }

    /** The summed loss before each of the ten steps. */
    public double lossNats(String precision, int step) {
        return json.get("lossNats").get(precision).get(step).asDouble();
    }

    double optimizer(String key) {
        return json.get("optimizer").get(key).asDouble();
    }

    TrainingEngine open(EngineOptions options) {
        TrainingEngine engine = EngineFactory.open(dir, adapter.lora(), options);
        engine.loadAdapter(1, adapter.flat());
        return engine;
    }

    /** grad or after10 of every LoRA tensor, flat in canonical order. */
    double[] flat(String precision, String what) {
        double[] flat = new double[layout().totalParameters()];
        try (Safetensors golden = Safetensors.open(dir.resolve("golden.safetensors"))) {
            for (AdapterLayout.Slot slot : layout().slots()) {
                double[] values = golden.tensor(precision + "." + what + "." + slot.peftName())
                        .toDoubles();
                System.arraycopy(values, 0, flat, slot.offset(), slot.size());
            }
        }
        return flat;
    }

    double[] logits(String precision, int sequence) {
        try (Safetensors golden = Safetensors.open(dir.resolve("golden.safetensors"))) {
            return golden.tensor(precision + ".logits." + sequence).toDoubles();
        }
    }

    @Override
    public String toString() {
        return dir.getFileName().toString();
    }
}
