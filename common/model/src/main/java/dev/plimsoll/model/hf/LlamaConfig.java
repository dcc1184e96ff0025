package dev.plimsoll.model.hf;

import dev.plimsoll.wire.run.Projection;

import java.nio.file.Path;

/**
 * The shape of a Llama or one of its relatives, from the config.json of a Hugging Face model.
 *
 * @param torchDtype the dtype the model says its weights have: float32, bfloat16, …; the weights
 *     decide
 * @param architecture wherein it differs from a plain Llama
 */
public record LlamaConfig(
        int hiddenSize,
        int intermediateSize,
        int layers,
        int attentionHeads,
        int keyValueHeads,
        int headDim,
        int vocabSize,
        double rmsNormEps,
        RopeSettings rope,
        boolean tiedEmbeddings,
        int maxPositionEmbeddings,
        String torchDtype,
        Architecture architecture) {

    // far above every model that there is; within them, sizes of matrices are whole numbers
    private static final int MOST_FEATURES = 1 << 20;
    private static final int MOST_LAYERS = 4096;
    private static final int MOST_HEADS = 4096;
    private static final int MOST_TOKENS = 1 << 24;

    public LlamaConfig {
        requireWithin("hidden_size", hiddenSize, MOST_FEATURES);
        requireWithin("intermediate_size", intermediateSize, MOST_FEATURES);
        requireLayers(layers);
        requireWithin("num_attention_heads", attentionHeads, MOST_HEADS);
        requireWithin("num_key_value_heads", keyValueHeads, MOST_HEADS);
        requireWithin("head_dim", headDim, MOST_HEADS);
        requireWithin("vocab_size", vocabSize, MOST_TOKENS);
        if (attentionHeads % keyValueHeads != 0) {
            throw new ModelException("config.json: num_attention_heads is " + attentionHeads
                    + " and num_key_value_heads is " + keyValueHeads
                    + "; the first must be a multiple of the second");
        }
        if (headDim % 2 != 0) {
            throw new ModelException("config.json: head_dim is " + headDim
                    + "; rotary embedding needs an even number");
        }
    }

    /** A plain Llama. */
    public LlamaConfig(
            int hiddenSize,
            int intermediateSize,
            int layers,
            int attentionHeads,
            int keyValueHeads,
            int headDim,
            int vocabSize,
            double rmsNormEps,
            RopeSettings rope,
            boolean tiedEmbeddings,
            int maxPositionEmbeddings,
            String torchDtype) {
        this(
                hiddenSize,
                intermediateSize,
                layers,
                attentionHeads,
                keyValueHeads,
                headDim,
                vocabSize,
                rmsNormEps,
                rope,
                tiedEmbeddings,
                maxPositionEmbeddings,
                torchDtype,
                Architecture.LLAMA);
    }

    /** The same sizes as another architecture. */
    public LlamaConfig with(Architecture other) {
        return with(other, layers);
    }

    /** The layers from one to before another, counted from the first of them. */
    LlamaConfig part(int from, int to) {
        return with(
                new Architecture(
                        architecture.family(),
                        architecture.attentionBias(),
                        architecture.window().part(from, to)),
                to - from);
    }

    private LlamaConfig with(Architecture other, int otherLayers) {
        return new LlamaConfig(
                hiddenSize,
                intermediateSize,
                otherLayers,
                attentionHeads,
                keyValueHeads,
                headDim,
                vocabSize,
                rmsNormEps,
                rope,
                tiedEmbeddings,
                maxPositionEmbeddings,
                torchDtype,
                other);
    }

    /** Reads DIR/config.json. */
    public static LlamaConfig read(Path modelDir) {
        return LlamaConfigJson.read(modelDir.resolve("config.json"));
    }

    /** Input features of a projection. */
    public int inFeatures(Projection projection) {
        return switch (projection) {
            case Q_PROJ, K_PROJ, V_PROJ, GATE_PROJ, UP_PROJ -> hiddenSize;
            case O_PROJ -> attentionHeads * headDim;
            case DOWN_PROJ -> intermediateSize;
        };
    }

    /** Output features of a projection. */
    public int outFeatures(Projection projection) {
        return switch (projection) {
            case Q_PROJ -> attentionHeads * headDim;
            case K_PROJ, V_PROJ -> keyValueHeads * headDim;
            case O_PROJ, DOWN_PROJ -> hiddenSize;
            case GATE_PROJ, UP_PROJ -> intermediateSize;
        };
    }

    /**
     * The longest sequence, in tokens, that the model's positions are meant for: rotary scaling may
     * reach beyond max_position_embeddings.
     */
    public int longestSequence() {
        return rope.reach(maxPositionEmbeddings);
    }

    /** Whether a model has model.layers.N.self_attn.{q,k,v}_proj.bias. */
    public boolean queryKeyValueBias() {
        return architecture.queryKeyValueBias();
    }

    /** Whether a model has model.layers.N.self_attn.o_proj.bias. */
    public boolean outputBias() {
        return architecture.outputBias();
    }

    /** Whether a projection has a bias, of outFeatures values. */
    public boolean hasBias(Projection projection) {
        return switch (projection) {
            case Q_PROJ, K_PROJ, V_PROJ -> queryKeyValueBias();
            case O_PROJ -> outputBias();
            case GATE_PROJ, UP_PROJ, DOWN_PROJ -> false;
        };
    }

    /** Whether a model has model.layers.N.self_attn.{q,k}_norm.weight, of headDim values each. */
    public boolean queryKeyNorm() {
        return architecture.queryKeyNorm();
    }

    /**
     * W of that layer: the query at position i sees the keys at j with i − W &lt; j ≤ i; 0: full
     * causal attention.
     */
    public int slidingWindow(int layer) {
        return architecture.window().of(layer);
    }

    /** Before anything is made for each layer. */
    static void requireLayers(int layers) {
        requireWithin("num_hidden_layers", layers, MOST_LAYERS);
    }

    private static void requireWithin(String key, int value, int most) {
        if (value < 1 || value > most) {
            throw new ModelException(
                    "config.json: " + key + " is " + value + "; it must be from 1 to " + most);
        }
    }
}
