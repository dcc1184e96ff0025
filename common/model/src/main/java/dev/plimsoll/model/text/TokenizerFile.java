package dev.plimsoll.model.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.wire.codec.Json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What tokenizer.json says, and how the native library gets it. */
final class TokenizerFile {

    /**
     * A token that is found in the text before the model looks at it.
     *
     * @param special "special": true; such a token separates turns and is never typed
     */
    record AddedToken(int id, String content, boolean special) {}

    private final ObjectNode json;
    private final List<AddedToken> added = new ArrayList<>();

    TokenizerFile(ObjectNode json) {
        this.json = json;
        json.path("added_tokens")
                .forEach(t -> added.add(new AddedToken(
                        t.path("id").asInt(),
                        t.path("content").asText(),
                        t.path("special").asBoolean())));
    }

    List<AddedToken> added() {
        return List.copyOf(added);
    }

    /** Special tokens by their text. */
    Map<String, AddedToken> special() {
        Map<String, AddedToken> special = new LinkedHashMap<>();
        added.stream()
                .filter(t -> t.special() && !t.content().isEmpty())
                .forEach(t -> special.put(t.content(), t));
        return special;
    }

    /** The model's own vocabulary: an object, or a list whose index is the id. */
    Map<String, Integer> vocabulary() {
        Map<String, Integer> ids = new LinkedHashMap<>();
        JsonNode vocabulary = json.path("model").path("vocab");
        if (vocabulary.isArray()) {
            for (int i = 0; i < vocabulary.size(); i++) {
                ids.put(vocabulary.get(i).path(0).asText(), i);
            }
        } else {
            vocabulary
                    .properties()
                    .forEach(e -> ids.put(e.getKey(), e.getValue().asInt()));
        }
        return ids;
    }

    /** The file as it is, but a token's place in the text is told with the space before it. */
    byte[] bytes() {
        return write(withWholeOffsets(json));
    }

    /**
     * The same tokenizer, which knows special tokens by other names only: their texts are text.
     *
     * @param names from the text of each special token to its other name
     */
    byte[] renamed(Map<String, String> names) {
        ObjectNode copy = withWholeOffsets(json);
        for (JsonNode token : copy.path("added_tokens")) {
            String name = names.get(token.path("content").asText());
            if (name != null && token.path("special").asBoolean()) {
                ((ObjectNode) token).put("content", name);
            }
        }
        if (copy.path("model") instanceof ObjectNode model) {
            String unknown = names.get(model.path("unk_token").asText());
            if (unknown != null) {
                model.put("unk_token", unknown);
            }
            model.set("vocab", renamed(model.path("vocab"), names));
        }
        return write(copy);
    }

    private static JsonNode renamed(JsonNode vocabulary, Map<String, String> names) {
        if (vocabulary instanceof ArrayNode list) {
            for (JsonNode entry : list) {
                String name = names.get(entry.path(0).asText());
                if (name != null) {
                    ((ArrayNode) entry).set(0, name);
                }
            }
            return list;
        }
        ObjectNode renamed = Json.mapper().createObjectNode();
        vocabulary
                .properties()
                .forEach(e ->
                        renamed.set(names.getOrDefault(e.getKey(), e.getKey()), e.getValue()));
        return renamed;
    }

    private static ObjectNode withWholeOffsets(ObjectNode json) {
        ObjectNode copy = json.deepCopy();
        for (String part : List.of("pre_tokenizer", "post_processor")) {
            copy.path(part).findParents("trim_offsets").forEach(processor -> ((ObjectNode)
                            processor)
                    .put("trim_offsets", false));
        }
        return copy;
    }

    private static byte[] write(ObjectNode json) {
        try {
            return Json.mapper().writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
