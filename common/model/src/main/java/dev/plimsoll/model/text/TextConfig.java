package dev.plimsoll.model.text;

import com.fasterxml.jackson.databind.JsonNode;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a Hugging Face model directory says about text, from config.json, generation_config.json,
 * tokenizer.json, tokenizer_config.json and special_tokens_map.json.
 *
 * @param vocabularySize rows of the embedding
 * @param specialTokens {@code bos_token} and its like, as templates may write them
 * @param endIds every id that ends a turn or a text
 * @param endId the one that is appended where a sequence does not end yet
 * @param beginId what tokenizer_config.json puts in front of a text, if anything
 * @param unknownTokens tokens that tokenizer_config.json adds and tokenizer.json does not have;
 *     Transformers would add them, with ids of its own where the vocabulary has holes
 */
record TextConfig(
        TokenizerFile tokenizer,
        int vocabularySize,
        Map<String, String> specialTokens,
        SortedSet<Integer> endIds,
        int endId,
        Optional<Integer> beginId,
        List<String> unknownTokens,
        TemplateSources templates) {

    /**
     * Classes of Transformers that put the begin token in front of a text by {@code add_bos_token},
     * whatever tokenizer.json says. Others do what tokenizer.json says.
     */
    private static final Set<String> HEED_ADD_BOS = Set.of(
            "LlamaTokenizer",
            "LlamaTokenizerFast",
            "CodeLlamaTokenizer",
            "CodeLlamaTokenizerFast",
            "GemmaTokenizer",
            "GemmaTokenizerFast",
            "CohereTokenizer",
            "CohereTokenizerFast");

    /**
     * @throws UnusableTextModelException tokenizer.json is missing, a file is unreadable, ids
     *     exceed the embedding, or no token ends a text
     */
    static TextConfig read(Path directory) {
        JsonNode config = ModelJson.optional(directory, "config.json");
        JsonNode tokenizerConfig = ModelJson.optional(directory, "tokenizer_config.json");
        Map<String, String> specialTokens = specialTokens(directory, tokenizerConfig);
        TokenizerFile tokenizer = TokenizerFile.read(directory, specialTokens.values());
        int vocabularySize = vocabularySize(config, tokenizer);
        requireWithin(directory, tokenizer.highest(), vocabularySize);
        SortedSet<Integer> endIds = new TreeSet<>();
        addIds(endIds, config.path("eos_token_id"));
        addIds(
                endIds,
                ModelJson.optional(directory, "generation_config.json").path("eos_token_id"));
        Optional<Integer> named = tokenizer.id(specialTokens.getOrDefault("eos_token", ""));
        named.ifPresent(endIds::add);
        if (endIds.isEmpty()) {
            throw new UnusableTextModelException(directory
                    + " names no token that ends a text; set eos_token in tokenizer_config.json or"
                    + " eos_token_id in config.json");
        }
        int endId = named.orElseGet(() -> firstId(config.path("eos_token_id"), endIds));
        requireEndWithin(directory, endId, vocabularySize);
        return new TextConfig(
                tokenizer,
                vocabularySize,
                specialTokens,
                endIds,
                endId,
                addsBegin(tokenizerConfig)
                        ? tokenizer.id(specialTokens.getOrDefault("bos_token", ""))
                        : Optional.empty(),
                unknown(tokenizerConfig, tokenizer),
                TemplateSources.read(directory, tokenizerConfig));
    }

    /**
     * Rows of the embedding. A directory without weights may have no config.json; then every token
     * of the tokenizer has a row, so that its text can be looked at. Whoever trains reads the
     * model's configuration, which must name them.
     */
    private static int vocabularySize(JsonNode config, TokenizerFile tokenizer) {
        int named = config.path("vocab_size").asInt(0);
        if (named > 0) {
            return named;
        }
        int added = tokenizer.added().stream()
                .mapToInt(TokenizerFile.AddedToken::id)
                .max()
                .orElse(-1);
        return Math.max(tokenizer.highest().getValue(), added) + 1;
    }

    /** @throws TextRefusal the text holds a token that tokenizer.json does not have */
    void requireKnown(String text) throws TextRefusal {
        for (String token : unknownTokens) {
            if (text.contains(token)) {
                throw TextRefusal.badField("its text holds '" + token
                        + "', a token that tokenizer_config.json adds and tokenizer.json does not"
                        + " have; save the tokenizer again with both");
            }
        }
    }

    private static boolean addsBegin(JsonNode tokenizerConfig) {
        return tokenizerConfig.path("add_bos_token").asBoolean(false)
                && HEED_ADD_BOS.contains(tokenizerConfig.path("tokenizer_class").asText());
    }

    private static List<String> unknown(JsonNode tokenizerConfig, TokenizerFile tokenizer) {
        List<String> unknown = new ArrayList<>();
        for (JsonNode token : tokenizerConfig.path("added_tokens_decoder")) {
            String content = token.path("content").asText();
            // one of letters alone would be found within words
            if (!content.chars().allMatch(Character::isLetterOrDigit)
                    && tokenizer.added().stream().noneMatch(t -> t.content().equals(content))) {
                unknown.add(content);
            }
        }
        return unknown;
    }

    /**
     * As Transformers: special_tokens_map.json is older than added_tokens_decoder, and where that
     * is missing it goes before tokenizer_config.json.
     */
    private static Map<String, String> specialTokens(Path directory, JsonNode tokenizerConfig) {
        Map<String, String> old = tokens(ModelJson.optional(directory, "special_tokens_map.json"));
        Map<String, String> now = tokens(tokenizerConfig);
        Map<String, String> tokens = new LinkedHashMap<>();
        if (tokenizerConfig.has("added_tokens_decoder")) {
            tokens.putAll(old);
            tokens.putAll(now);
        } else {
            tokens.putAll(now);
            tokens.putAll(old);
        }
        return tokens;
    }

    /** A token is written as a string or as {"content": …}. */
    private static Map<String, String> tokens(JsonNode config) {
        Map<String, String> tokens = new LinkedHashMap<>();
        config.properties().forEach(field -> {
            if (field.getKey().endsWith("_token")) {
                JsonNode value = field.getValue();
                JsonNode content = value.isObject() ? value.path("content") : value;
                if (content.isTextual()) {
                    tokens.put(field.getKey(), content.asText());
                }
            }
        });
        return tokens;
    }

    private static int firstId(JsonNode configured, SortedSet<Integer> endIds) {
        if (configured.isArray() && !configured.isEmpty()) {
            return configured.get(0).asInt();
        }
        return configured.isInt() ? configured.asInt() : endIds.first();
    }

    private static void addIds(SortedSet<Integer> into, JsonNode value) {
        if (value.isArray()) {
            value.forEach(id -> into.add(id.asInt()));
        } else if (value.isInt()) {
            into.add(value.asInt());
        }
    }

    /** Added tokens may be beyond: a sample that uses one is refused, not the model. */
    private static void requireWithin(
            Path directory, Map.Entry<String, Integer> highest, int vocabularySize) {
        if (highest.getValue() >= vocabularySize) {
            throw new UnusableTextModelException("tokenizer.json in " + directory + " has token id "
                    + highest.getValue() + " ('" + highest.getKey()
                    + "'), but config.json's vocab_size is " + vocabularySize
                    + "; tokenizer and weights are of different models: bring the pair that"
                    + " belongs together");
        }
    }

    private static void requireEndWithin(Path directory, int endId, int vocabularySize) {
        if (endId < 0 || endId >= vocabularySize) {
            throw new UnusableTextModelException("the token that ends a text in " + directory
                    + " has id " + endId + ", but config.json's vocab_size is " + vocabularySize
                    + "; name one that the model has: eos_token in tokenizer_config.json");
        }
    }
}
