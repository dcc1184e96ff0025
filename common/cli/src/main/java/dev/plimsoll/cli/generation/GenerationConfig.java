package dev.plimsoll.cli.generation;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a model's generation_config.json says about greedy decoding, besides its end tokens.
 *
 * @param repetitionPenalty 1 where there is none
 * @param leftAlone what Transformers would heed, too
 */
record GenerationConfig(double repetitionPenalty, List<String> leftAlone) {

    private static final String NAME = "generation_config.json";
    private static final List<String> NOT_KNOWN = List.of(
            "bad_words_ids",
            "begin_suppress_tokens",
            "exponential_decay_length_penalty",
            "forced_bos_token_id",
            "forced_eos_token_id",
            "guidance_scale",
            "min_length",
            "min_new_tokens",
            "no_repeat_ngram_size",
            "sequence_bias",
            "suppress_tokens");

    static GenerationConfig read(Path model) {
        Path file = model.resolve(NAME);
        if (!Files.isRegularFile(file)) {
            return new GenerationConfig(1, List.of());
        }
        try {
            return of(Json.mapper().readTree(file.toFile()));
        } catch (IOException e) {
            throw CliFailure.input("cannot read " + file + " as JSON; fetch the file again");
        }
    }

    static GenerationConfig of(JsonNode json) {
        List<String> leftAlone = new ArrayList<>();
        for (String name : NOT_KNOWN) {
            JsonNode value = json.path(name);
            boolean means = value.isContainerNode() ? !value.isEmpty() : value.asDouble(0) != 0;
            if (means) {
                leftAlone.add(name);
            }
        }
        double penalty = json.path("repetition_penalty").asDouble(1);
        return new GenerationConfig(penalty > 0 ? penalty : 1, leftAlone);
    }

    /** A sentence about what is left alone, if anything is. */
    Optional<String> remark() {
        return leftAlone.isEmpty()
                ? Optional.empty()
                : Optional.of(NAME + " has " + String.join(", ", leftAlone)
                        + ", which Transformers heeds and this command does not");
    }
}
