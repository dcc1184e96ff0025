package dev.plimsoll.model.hf;

import dev.plimsoll.wire.codec.Shown;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether the weights of a model directory are those that its config.json describes. */
public final class WeightCheck {

    private static final Pattern OF_A_LAYER =
            Pattern.compile(Pattern.quote(ModelTensors.LAYERS) + "(\\d+)\\.(.+)", Pattern.DOTALL);

    /** Tables that old versions of Transformers saved; they are computed from config.json. */
    private static final String ROTARY_TABLE = "self_attn.rotary_emb.";

    private static final int NAMED = 3;
    private static final int SHOWN_CHARACTERS = 100;

    private final Path dir;
    private final LlamaConfig config;
    private final WeightFiles files;
    private final Map<String, long[]> called;

    private WeightCheck(Path dir, LlamaConfig config, WeightFiles files) {
        this.dir = dir;
        this.config = config;
        this.files = files;
        this.called = ModelTensors.of(config);
    }

    /**
     * The config.json of a model with all weights that it calls for, and none in its layers that it
     * has no place for. Others are refused by name. No weights are read, but for a head's beside a
     * tied embedding.
     */
    public static LlamaConfig require(Path modelDir) {
        LlamaConfig config = LlamaConfig.read(modelDir);
        try (WeightFiles files = WeightFiles.open(modelDir)) {
            WeightCheck check = new WeightCheck(modelDir, config, files);
            check.called.forEach(files::tensor);
            check.requireTiedHead();
            check.unread().forEach(check::requireHarmless);
        }
        return config;
    }

    /** What is to be said of tensors that are not read. */
    static Optional<String> unread(Path modelDir) {
        LlamaConfig config = LlamaConfig.read(modelDir);
        try (WeightFiles files = WeightFiles.open(modelDir)) {
            return new WeightCheck(modelDir, config, files).unreadRemark();
        }
    }

    private Optional<String> unreadRemark() {
        SortedSet<String> unread = unread();
        if (unread.isEmpty()) {
            return Optional.empty();
        }
        List<String> named =
                unread.stream().limit(NAMED).map(WeightCheck::shown).toList();
        int others = unread.size() - named.size();
        return Optional.of(
                dir + " has tensors that a " + config.architecture().family().className()
                        + " of its config.json has no place for: " + String.join(", ", named)
                        + (others > 0 ? " and " + others + " more" : "")
                        + ". Transformers does not look at them, and neither does Plimsoll");
    }

    /** Sorted; a head that is the tied embedding is not among them. */
    private SortedSet<String> unread() {
        SortedSet<String> unread = new TreeSet<>(files.tensors().keySet());
        unread.removeAll(called.keySet());
        unread.remove(ModelTensors.HEAD);
        return unread;
    }

    /** Transformers 5.10 and later do not tie a head that has values of its own. */
    private void requireTiedHead() {
        if (!config.tiedEmbeddings() || !files.has(ModelTensors.HEAD)) {
            return;
        }
        TensorView head = files.tensors().get(ModelTensors.HEAD);
        if (!head.isCopyOf(files.tensors().get(ModelTensors.EMBEDDING))) {
            throw new ModelException(dir.resolve("config.json")
                    + " ties the head to the embedding (tie_word_embeddings), but"
                    + " lm_head.weight in " + dir.resolve(files.fileOf(head))
                    + " is another; set tie_word_embeddings to"
                    + " false to train with it, or remove lm_head.weight");
        }
    }

    private void requireHarmless(String name) {
        Matcher matcher = OF_A_LAYER.matcher(name);
        if (!matcher.matches()) {
            return;
        }
        String layer = ModelTensors.LAYERS + matcher.group(1) + ".";
        if (!called.containsKey(layer + "input_layer" + ModelTensors.NORM)) {
            throw new ModelException(dir + " has tensor " + shown(name) + ", but its config.json"
                    + " has num_hidden_layers " + config.layers() + ", counted from 0; give the"
                    + " config.json that belongs to the weights, or weights without further"
                    + " layers");
        }
        String rest = matcher.group(2);
        if (!rest.startsWith(ROTARY_TABLE)) {
            throw new ModelException(dir + " has tensor " + shown(name)
                    + ", which its config.json has no place for" + usedBy(rest)
                    + "; give the config.json that belongs to the weights, or weights without it");
        }
    }

    /** What in config.json would make use of it. */
    private String usedBy(String tensor) {
        if (tensor.matches("self_attn\\.[qkvo]_proj\\.bias")) {
            return switch (config.architecture().family()) {
                case LLAMA, QWEN3 ->
                    ": attention_bias true makes use of it, and of one in each of q_proj, k_proj,"
                            + " v_proj and o_proj";
                case MISTRAL, QWEN2 ->
                    ": a model of type '" + config.architecture().family().modelType()
                            + "' has none, one of type 'llama' with attention_bias true has";
            };
        }
        if (tensor.matches("mlp\\.(gate|up|down)_proj\\.bias")) {
            return ": mlp_bias true would make use of it, but biases are supported in attention"
                    + " only";
        }
        if (tensor.matches("self_attn\\.[qk]_norm\\.weight")) {
            return ": model_type '" + ModelFamily.QWEN3.modelType()
                    + "' has norms of queries and keys";
        }
        return "";
    }

    private static String shown(String name) {
        return Shown.line(name, SHOWN_CHARACTERS);
    }
}
