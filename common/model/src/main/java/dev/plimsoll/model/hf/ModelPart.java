package dev.plimsoll.model.hf;

/**
 * Neighbouring layers of a model, for one card of several. The first part has the table of input
 * tokens too, the last one the norm and the head behind the layers; where the two tables are one,
 * both have it.
 *
 * @param from the first layer, counted from 0
 * @param to the layer behind the last one
 */
public record ModelPart(LlamaConfig whole, int from, int to) {

    public ModelPart {
        if (from < 0 || to <= from || to > whole.layers()) {
            throw new IllegalArgumentException("layers " + from + " to " + (to - 1)
                    + " are no part of a model with " + whole.layers() + " layers");
        }
    }

    public static ModelPart all(LlamaConfig config) {
        return new ModelPart(config, 0, config.layers());
    }

    public int layers() {
        return to - from;
    }

    /** A model of these layers alone, counted from 0. */
    public LlamaConfig config() {
        return layers() == whole.layers() ? whole : whole.part(from, to);
    }

    /** Whether the table of input tokens belongs to it. */
    public boolean embedding() {
        return from == 0;
    }

    /** Whether the last norm and the head belong to it. */
    public boolean head() {
        return to == whole.layers();
    }
}
