package dev.plimsoll.model.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What tokenizer.json says, and how the native library gets it. */
final class TokenizerFile {

    static final String NAME = "tokenizer.json";

    /**
     * A token that is found in the text before the model looks at it.
     *
     * @param special "special": true; such a token separates turns and is never typed
     */
    record AddedToken(int id, String content, boolean special) {}

    private static final List<String> WITH_OFFSETS = List.of("pre_tokenizer", "post_processor");

    private final Path directory;
    private final List<AddedToken> added = new ArrayList<>();
    private final boolean trimsOffsets;

    /** The vocabulary's highest token: its text and id. */
    private final Map.Entry<String, Integer> highest;

    /** Ids of the vocabulary's tokens that were asked for. */
    private final Map<String, Integer> ids = new TreeMap<>();

    /**
     * Reads the file; the vocabulary is not kept.
     *
     * @param wanted tokens whose ids are wanted
     */
    private TokenizerFile(Path directory, Collection<String> wanted) {
        this.directory = directory;
        ObjectNode json = json();
        json.path("added_tokens")
                .forEach(t -> added.add(new AddedToken(
                        t.path("id").asInt(),
                        t.path("content").asText(),
                        t.path("special").asBoolean())));
        trimsOffsets = WITH_OFFSETS.stream()
                .anyMatch(part -> json.path(part).findValues("trim_offsets").stream()
                        .anyMatch(JsonNode::asBoolean));
        Map<String, Integer> vocabulary = vocabulary(json);
        highest = vocabulary.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(e -> Map.entry(e.getKey(), e.getValue()))
                .orElse(Map.entry("", -1));
        wanted.stream()
                .filter(vocabulary::containsKey)
                .forEach(token -> ids.put(token, vocabulary.get(token)));
        added.forEach(token -> ids.put(token.content(), token.id()));
    }

    /** @throws UnusableTextModelException there is no such file, or it is no JSON */
    static TokenizerFile read(Path directory, Collection<String> wanted) {
        return new TokenizerFile(directory, wanted);
    }

    /** Of an added token, or of one that was wanted. */
    Optional<Integer> id(String token) {
        return Optional.ofNullable(ids.get(token));
    }

    Map.Entry<String, Integer> highest() {
        return highest;
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
    private static Map<String, Integer> vocabulary(ObjectNode json) {
        Map<String, Integer> ids = new HashMap<>();
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
        if (trimsOffsets) {
            return write(withWholeOffsets(json()));
        }
        try {
            return Files.readAllBytes(directory.resolve(NAME));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The same tokenizer, which knows special tokens by other names only: their texts are text.
     *
     * @param names from the text of each special token to its other name
     */
    byte[] renamed(Map<String, String> names) {
        ObjectNode copy = withWholeOffsets(json());
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

    private ObjectNode json() {
        ObjectNode json = ModelJson.required(directory, NAME);
        new NativeTokenizerRules(directory).require(json);
        return json;
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
                .forEach(
                        e -> renamed.set(names.getOrDefault(e.getKey(), e.getKey()), e.getValue()));
        return renamed;
    }

    private static ObjectNode withWholeOffsets(ObjectNode json) {
        for (String part : WITH_OFFSETS) {
            json.path(part)
                    .findParents("trim_offsets")
                    .forEach(processor -> ((ObjectNode) processor).put("trim_offsets", false));
        }
        return json;
    }

    private static byte[] write(ObjectNode json) {
        try {
            return Json.mapper().writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
