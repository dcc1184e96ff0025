package dev.plimsoll.model.text;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Model directories for tests: the built-in one, with other special tokens and templates. */
final class ModelDirectory {

    static final Path TINY_LLAMA = Path.of("tiny-llama");
    private static final ObjectMapper JSON = new ObjectMapper();

    private ModelDirectory() {}

    /**
     * A byte-level tokenizer whose ids from 256 on are {@code special}; the first begins a text,
     * the second ends it.
     */
    static Path write(Path directory, List<String> special, String chatTemplate)
            throws IOException {
        ObjectNode tokenizer = read("tokenizer.json");
        ArrayNode added = tokenizer.putArray("added_tokens");
        ObjectNode vocabulary = (ObjectNode) tokenizer.path("model").path("vocab");
        List.of("<bos>", "<eos>", "<pad>", "<|user|>", "<|assistant|>", "<|system|>")
                .forEach(vocabulary::remove);
        for (int i = 0; i < special.size(); i++) {
            added.addObject()
                    .put("id", 256 + i)
                    .put("content", special.get(i))
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
            vocabulary.put(special.get(i), 256 + i);
        }
        tokenizer.putNull("post_processor");
        ObjectNode config = read("config.json").put("vocab_size", 256 + special.size());
        config.put("bos_token_id", 256).put("eos_token_id", 257);
        ObjectNode tokenizerConfig = JSON.createObjectNode();
        tokenizerConfig.putObject("bos_token").put("content", special.get(0));
        tokenizerConfig.put("eos_token", special.get(1));
        if (chatTemplate != null) {
            tokenizerConfig.put("chat_template", chatTemplate);
        }
        JSON.writeValue(directory.resolve("tokenizer.json").toFile(), tokenizer);
        JSON.writeValue(directory.resolve("config.json").toFile(), config);
        JSON.writeValue(directory.resolve("tokenizer_config.json").toFile(), tokenizerConfig);
        return directory;
    }

    static ObjectNode read(String name) throws IOException {
        return (ObjectNode) JSON.readTree(Files.readString(TINY_LLAMA.resolve(name)));
    }
}
