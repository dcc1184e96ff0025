package dev.plimsoll.model.text;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
        write(directory, "tokenizer.json", tokenizer);
        write(directory, "config.json", config);
        write(directory, "tokenizer_config.json", tokenizerConfig);
        return directory;
    }

    /**
     * A tokenizer as SentencePiece's: a ▁ before each text, single characters and bytes, some
     * merges. Ids: {@code <unk>} 0, {@code <s>} 1, {@code </s>} 2, bytes from 3, {@code ▁} 259,
     * ASCII from {@code '!'} on at 260, then the merged.
     *
     * @param merges two pieces with a space between
     * @param special further special tokens, behind the rest
     */
    static Path sentencePiece(
            Path directory, List<String> merges, List<String> special, String chatTemplate)
            throws IOException {
        ObjectNode vocabulary = JSON.createObjectNode();
        List.of("<unk>", "<s>", "</s>").forEach(t -> vocabulary.put(t, vocabulary.size()));
        for (int b = 0; b < 256; b++) {
            vocabulary.put("<0x%02X>".formatted(b), vocabulary.size());
        }
        vocabulary.put("▁", vocabulary.size());
        for (char c = '!'; c <= '~'; c++) {
            vocabulary.put(String.valueOf(c), vocabulary.size());
        }
        merges.forEach(m -> vocabulary.put(m.replace(" ", ""), vocabulary.size()));
        ObjectNode tokenizer = JSON.createObjectNode().put("version", "1.0");
        ArrayNode added = tokenizer.putArray("added_tokens");
        List<String> all = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        all.addAll(special);
        for (String token : all) {
            int id = vocabulary.has(token)
                    ? vocabulary.get(token).asInt()
                    : vocabulary.size() + added.size() - 3;
            added.addObject()
                    .put("id", id)
                    .put("content", token)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        ArrayNode normalizers =
                tokenizer.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
        normalizers.addObject().put("type", "Prepend").put("prepend", "▁");
        normalizers
                .addObject()
                .put("type", "Replace")
                .put("content", "▁")
                .putObject("pattern")
                .put("String", " ");
        tokenizer.putNull("pre_tokenizer").putNull("post_processor");
        ObjectNode model = tokenizer
                .putObject("model")
                .put("type", "BPE")
                .put("unk_token", "<unk>")
                .put("fuse_unk", true)
                .put("byte_fallback", true);
        model.set("vocab", vocabulary);
        merges.forEach(model.putArray("merges")::add);
        int rows = vocabulary.size() + special.size();
        ObjectNode config = read("config.json").put("vocab_size", rows);
        config.put("bos_token_id", 1).put("eos_token_id", 2);
        ObjectNode tokenizerConfig = JSON.createObjectNode()
                .put("tokenizer_class", "LlamaTokenizerFast")
                .put("add_bos_token", true)
                .put("bos_token", "<s>")
                .put("eos_token", "</s>");
        if (chatTemplate != null) {
            tokenizerConfig.put("chat_template", chatTemplate);
        }
        write(directory, "tokenizer.json", tokenizer);
        write(directory, "config.json", config);
        write(directory, "tokenizer_config.json", tokenizerConfig);
        return directory;
    }

    static void write(Path directory, String name, ObjectNode json) throws IOException {
        JSON.writeValue(directory.resolve(name).toFile(), json);
    }

    static ObjectNode read(Path directory, String name) throws IOException {
        return (ObjectNode) JSON.readTree(directory.resolve(name).toFile());
    }

    static ObjectNode read(String name) throws IOException {
        return (ObjectNode) JSON.readTree(Files.readString(TINY_LLAMA.resolve(name)));
    }
}
