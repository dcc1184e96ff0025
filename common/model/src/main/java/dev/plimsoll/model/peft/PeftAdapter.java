package dev.plimsoll.model.peft;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.model.files.OwnDirectory;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.CompanionFiles;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.SafetensorsWriter;
import dev.plimsoll.model.hf.TensorData;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** LoRA adapters as PEFT keeps them: adapter_config.json and adapter_model.safetensors. */
public record PeftAdapter(LoraSettings lora, AdapterLayout layout, float[] flat) {

    static final String CONFIG = AdapterConfig.NAME;
    static final String WEIGHTS = "adapter_model.safetensors";
    /** A model card in Hugging Face's form, and its picture. */
    public static final String CARD = "README.md";

    public static final String PICTURE = "loss.svg";
    private static final ObjectMapper JSON = Json.mapper();

    /**
     * The directory of an adapter that Plimsoll writes. An adapter that Plimsoll wrote there before
     * is replaced as a whole; anything else that lies there is left as it is.
     */
    public static OwnDirectory directory(Path dir) {
        return new OwnDirectory(
                dir,
                "adapter",
                PeftAdapter::isOwnName,
                Set.of(CONFIG, WEIGHTS),
                PeftAdapter::isOurs);
    }

    static boolean isOwnName(String name) {
        return Set.of(CONFIG, WEIGHTS, CARD, PICTURE).contains(name)
                || CompanionFiles.TOKENIZER.contains(name);
    }

    /**
     * Whether the configuration is to the letter what {@link #write} writes. PEFT itself writes
     * other spaces and other fields.
     */
    private static boolean isOurs(Path dir) throws IOException {
        try {
            String config = Files.readString(dir.resolve(CONFIG));
            JsonNode json = JSON.readTree(config);
            String base = json.path("base_model_name_or_path").asText();
            return config.equals(configJson(ownSettings(json), base));
        } catch (JsonProcessingException | CharacterCodingException | IllegalArgumentException e) {
            return false;
        }
    }

    /** Writes the adapter atomically, where {@link #directory} allows it. */
    public static void write(
            Path dir, AdapterLayout layout, LoraSettings lora, String baseModelName, float[] flat) {
        write(dir, layout, lora, baseModelName, flat, _ -> {});
    }

    /**
     * The same with files beside the adapter.
     *
     * @param beside writes files of the base's tokenizer, {@link #CARD} and {@link #PICTURE}
     */
    public static void write(
            Path dir,
            AdapterLayout layout,
            LoraSettings lora,
            String baseModelName,
            float[] flat,
            OwnDirectory.Content beside) {
        requireLength(layout, flat);
        try {
            directory(dir).write(directory -> {
                writeFiles(directory, layout, lora, baseModelName, flat);
                beside.writeTo(directory);
            });
        } catch (IOException e) {
            throw new UncheckedIOException("the adapter could not be written to " + dir, e);
        }
    }

    static void requireLength(AdapterLayout layout, float[] flat) {
        if (flat.length != layout.totalParameters()) {
            throw new IllegalArgumentException("the adapter has " + flat.length
                    + " values, its layout has " + layout.totalParameters());
        }
    }

    static void writeFiles(
            Path directory,
            AdapterLayout layout,
            LoraSettings lora,
            String baseModelName,
            float[] flat)
            throws IOException {
        List<TensorData> tensors = new ArrayList<>();
        for (AdapterLayout.Slot slot : layout.slots()) {
            tensors.add(TensorData.floats(
                    slot.peftName(), new long[] {slot.rows(), slot.cols()}, flat, slot.offset()));
        }
        Files.writeString(directory.resolve(CONFIG), configJson(lora, baseModelName));
        SafetensorsWriter.write(directory.resolve(WEIGHTS), tensors);
    }

    /** Rank, scaling and targets of an adapter for that model, without its values. */
    public static LoraSettings settings(Path dir, LlamaConfig config) {
        return AdapterConfig.read(dir).settings(config);
    }

    /**
     * Reads an adapter for that model; the values are in the layout's order, whatever order the
     * file has. What Plimsoll's LoRA is not is refused by name.
     */
    public static PeftAdapter read(Path dir, LlamaConfig config) {
        try (AdapterFile file = AdapterFile.open(dir, config)) {
            AdapterLayout layout = file.layout();
            float[] flat = new float[layout.totalParameters()];
            for (AdapterLayout.Slot slot : layout.slots()) {
                System.arraycopy(file.matrix(slot), 0, flat, slot.offset(), slot.size());
            }
            return new PeftAdapter(layout.lora(), layout, flat);
        }
    }

    /**
     * What a person should know who trains that adapter on, in sentences: what was otherwise in its
     * training, and that it names another base model.
     *
     * @param modelName as the run names its model
     */
    public static List<String> remarks(Path dir, String modelName) {
        AdapterConfig config = AdapterConfig.read(dir);
        List<String> remarks = new ArrayList<>(config.remarks());
        String base = config.baseModel();
        if (!base.isEmpty() && !lastName(base).equalsIgnoreCase(lastName(modelName))) {
            remarks.add(dir + " says that its base model is " + base + ", and the run's model is "
                    + modelName + ". If that is another model, the adapter does not fit it");
        }
        return remarks;
    }

    private static String lastName(String name) {
        return name.replaceAll("[/\\\\]+$", "").replaceAll(".*[/\\\\]", "");
    }

    private static String configJson(LoraSettings lora, String baseModelName) {
        ObjectNode c = JSON.createObjectNode();
        c.putObject("alpha_pattern");
        c.putNull("auto_mapping");
        c.put("base_model_name_or_path", baseModelName);
        c.put("bias", "none");
        c.put("fan_in_fan_out", false);
        c.put("inference_mode", true);
        c.put("init_lora_weights", true);
        c.putNull("layer_replication");
        c.putNull("layers_pattern");
        c.putNull("layers_to_transform");
        c.putObject("loftq_config");
        if (lora.loraAlpha() == Math.rint(lora.loraAlpha())) {
            c.put("lora_alpha", (long) lora.loraAlpha());
        } else {
            c.put("lora_alpha", lora.loraAlpha());
        }
        c.put("lora_dropout", 0.0);
        c.putNull("modules_to_save");
        c.put("peft_type", "LORA");
        c.put("r", lora.loraRank());
        c.putObject("rank_pattern");
        c.putNull("revision");
        ArrayNode targets = c.putArray("target_modules");
        lora.targets().stream().map(Projection::moduleName).sorted().forEach(targets::add);
        c.put("task_type", "CAUSAL_LM");
        c.put("use_dora", false);
        c.put("use_rslora", lora.rsLora());
        return c.toPrettyString() + "\n";
    }

    /** Of a configuration that {@link #configJson} wrote. */
    private static LoraSettings ownSettings(JsonNode c) {
        Set<Projection> targets = EnumSet.noneOf(Projection.class);
        c.path("target_modules").forEach(name -> targets.add(Projection.of(name.asText())));
        return new LoraSettings(
                c.path("r").asInt(),
                c.path("lora_alpha").asDouble(),
                c.path("use_rslora").asBoolean(false),
                targets);
    }
}
