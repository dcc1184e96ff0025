package dev.plimsoll.model.shapes;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.wire.run.Projection;

/** Elements and bytes of a model's frozen weights. */
public record WeightSizes(LlamaConfig config) {

    /** Of the matrices of all layers. */
    public long matrixElements() {
        long layer = 0;
        for (Projection p : Projection.values()) {
            layer += elements(p);
        }
        return config.layers() * layer;
    }

    /** Of the matrices of all layers on the device. */
    public long matrixBytes(WeightFormat format) {
        long layer = 0;
        for (Projection p : Projection.values()) {
            layer += format.bytes(config.outFeatures(p), config.inFeatures(p));
        }
        return config.layers() * layer;
    }

    /** Whether every matrix of the layers can be kept in that format. */
    public boolean possible(WeightFormat format) {
        for (Projection p : Projection.values()) {
            if (!format.takes(elements(p))) {
                return false;
            }
        }
        return true;
    }

    /** Of the embedding, and of a head of its own: v·h. */
    public long tableElements() {
        return (long) config.vocabSize() * config.hiddenSize();
    }

    /** Of all norms and biases. */
    public long vectorElements() {
        long layer = 2L * config.hiddenSize() + (config.queryKeyNorm() ? 2L * config.headDim() : 0);
        for (Projection p : Projection.values()) {
            layer += config.hasBias(p) ? config.outFeatures(p) : 0;
        }
        return config.layers() * layer + config.hiddenSize();
    }

    /** Number of values in the base model. */
    public long parameters() {
        int tables = config.tiedEmbeddings() ? 1 : 2;
        return matrixElements() + vectorElements() + tables * tableElements();
    }

    private long elements(Projection p) {
        return (long) config.outFeatures(p) * config.inFeatures(p);
    }
}
