package dev.plimsoll.model.peft;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.model.files.GivenFile;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.run.RunSettings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a run stood when its adapter was exported with the optimizer's state: training_state.json.
 *
 * @param version of the adapter in its run
 * @param updates how many optimizer updates led to it: Adam's t
 * @param stepsDone how many steps led to it: where the learning rate's schedule is
 * @param epoch the one under way, counted from 0
 * @param trainedSamples how many samples were trained in that epoch
 * @param run what the run was
 */
public record TrainingProgress(
        long version,
        long updates,
        long stepsDone,
        int epoch,
        long trainedSamples,
        RunSettings run) {

    static final String NAME = "training_state.json";

    private static final int FORMAT = 1;
    private static final ObjectMapper JSON = Json.mapper();

    void write(Path dir) throws IOException {
        ObjectNode json = JSON.createObjectNode();
        json.put("format", FORMAT);
        json.put("version", version);
        json.put("updates", updates);
        json.put("stepsDone", stepsDone);
        json.put("epoch", epoch);
        json.put("trainedSamples", trainedSamples);
        json.set("run", JSON.valueToTree(run.shown()));
        Files.writeString(dir.resolve(NAME), json.toPrettyString() + "\n");
    }

    /** Empty where the directory holds an adapter only. */
    static Optional<TrainingProgress> read(Path dir) {
        Path file = dir.resolve(NAME);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode json = JSON.readTree(GivenFile.read(file, GivenFile.CONFIG_BYTES));
            if (json.path("format").asInt() != FORMAT) {
                throw new ModelException(file + " has format " + json.path("format")
                        + "; this version of Plimsoll reads " + FORMAT
                        + ", so export it with the same version, or remove " + NAME
                        + " to start from the adapter alone");
            }
            return Optional.of(new TrainingProgress(
                    json.path("version").asLong(),
                    json.path("updates").asLong(),
                    json.path("stepsDone").asLong(),
                    json.path("epoch").asInt(),
                    json.path("trainedSamples").asLong(),
                    JSON.treeToValue(json.path("run"), RunSettings.class)));
        } catch (JsonProcessingException e) {
            throw new ModelException(
                    file + " is not what `export --with-optimizer` writes; export it again, or"
                            + " remove it to start from the adapter alone",
                    e);
        } catch (IOException e) {
            throw new ModelException(file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
