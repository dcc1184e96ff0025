package dev.plimsoll.model.hf;

import dev.plimsoll.wire.run.Projection;

import java.util.LinkedHashMap;
import java.util.Map;

/** The tensors that a config.json calls for, by Hugging Face's names. */
public final class ModelTensors {

    public static final String EMBEDDING = "model.embed_tokens.weight";
    public static final String HEAD = "lm_head.weight";
    static final String LAYERS = "model.layers.";
    static final String NORM = "norm.weight";

    private ModelTensors() {}

    /** Name to shape, in the order of the computation; a head only where it is not tied. */
    static Map<String, long[]> of(LlamaConfig c) {
        Map<String, long[]> tensors = new LinkedHashMap<>();
        tensors.put(EMBEDDING, shape(c.vocabSize(), c.hiddenSize()));
        for (int layer = 0; layer < c.layers(); layer++) {
            String prefix = LAYERS + layer + ".";
            for (Projection p : Projection.values()) {
                String name = prefix + p.block() + "." + p.moduleName();
                tensors.put(name + ".weight", shape(c.outFeatures(p), c.inFeatures(p)));
                if (c.hasBias(p)) {
                    tensors.put(name + ".bias", shape(c.outFeatures(p)));
                }
            }
            if (c.queryKeyNorm()) {
                tensors.put(prefix + "self_attn.q_" + NORM, shape(c.headDim()));
                tensors.put(prefix + "self_attn.k_" + NORM, shape(c.headDim()));
            }
            tensors.put(prefix + "input_layer" + NORM, shape(c.hiddenSize()));
            tensors.put(prefix + "post_attention_layer" + NORM, shape(c.hiddenSize()));
        }
        tensors.put("model." + NORM, shape(c.hiddenSize()));
        if (!c.tiedEmbeddings()) {
            tensors.put(HEAD, shape(c.vocabSize(), c.hiddenSize()));
        }
        return tensors;
    }

    private static long[] shape(long... sizes) {
        return sizes;
    }
}
