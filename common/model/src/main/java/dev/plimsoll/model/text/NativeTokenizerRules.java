package dev.plimsoll.model.text;

import com.fasterxml.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What a tokenizer.json must keep to before the native library gets it: at some faults the library
 * does not tell of an error, it ends the process.
 */
final class NativeTokenizerRules {

    private static final String PROCESSOR = "post_processor";

    private final Path directory;

    NativeTokenizerRules(Path directory) {
        this.directory = directory;
    }

    /** @throws UnusableTextModelException the library would end the process */
    void require(JsonNode json) {
        requireSane(json);
        json.path("added_tokens").forEach(token -> requireId("added_tokens", token.path("id")));
        if (json.path("model").path("vocab").isObject()) {
            json.path("model").path("vocab").forEach(id -> requireId("vocab", id));
        }
        json.path(PROCESSOR).findParents("special_tokens").forEach(this::requireKnownTokens);
        json.path(PROCESSOR).findParents("single").forEach(this::requireKnownTokens);
    }

    /** Of all numbers and texts. */
    private void requireSane(JsonNode json) {
        if (json.isDouble() && !Double.isFinite(json.doubleValue())) {
            throw unusable("has a number that is too large for any use");
        }
        if (json.isTextual() && !StandardCharsets.UTF_8.newEncoder().canEncode(json.textValue())) {
            throw unusable("has a text with half of a character (a lone surrogate)");
        }
        json.properties().forEach(field -> {
            if (!StandardCharsets.UTF_8.newEncoder().canEncode(field.getKey())) {
                throw unusable("has a name with half of a character (a lone surrogate)");
            }
        });
        json.forEach(this::requireSane);
    }

    /** A template's tokens must be explained beside it. */
    private void requireKnownTokens(JsonNode template) {
        JsonNode known = template.path("special_tokens");
        for (JsonNode token : known) {
            for (JsonNode id : token.path("ids")) {
                requireId(PROCESSOR, id);
            }
        }
        for (String part : new String[] {"single", "pair"}) {
            for (JsonNode piece : template.path(part)) {
                String id = piece.path("SpecialToken").path("id").asText();
                if (piece.has("SpecialToken") && !known.has(id)) {
                    throw unusable("has " + PROCESSOR + " that writes '" + id
                            + "', which is not among its special_tokens");
                }
            }
        }
    }

    private void requireId(String where, JsonNode id) {
        if (!id.canConvertToInt() || id.intValue() < 0) {
            throw unusable("has a token in " + where + " whose id is no number from 0 to "
                    + Integer.MAX_VALUE);
        }
    }

    private UnusableTextModelException unusable(String what) {
        return new UnusableTextModelException(TokenizerFile.NAME + " in " + directory + " " + what
                + "; fetch the file again, or save the tokenizer again with Transformers");
    }
}
