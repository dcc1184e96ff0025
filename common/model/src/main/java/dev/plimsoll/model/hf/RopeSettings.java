package dev.plimsoll.model.hf;

/**
 * Rotary position angles (Su et al. 2021): pair j of a head of size d turns by position ·
 * θ^(−2j/d).
 *
 * @param theta the base θ
 * @param scaling for longer sequences, or null
 */
public record RopeSettings(double theta, RopeScaling scaling) {

    /** The base where config.json names none. */
    static final double DEFAULT_THETA = 10_000;

    /**
     * The angle per position of each pair of a head of headDim values, in radians: headDim / 2 of
     * them, in a sequence that is no longer than {@link #steadyTokens}.
     */
    public double[] inverseFrequencies(int headDim) {
        return inverseFrequencies(headDim, 1);
    }

    /** The same in a sequence of that many tokens. */
    public double[] inverseFrequencies(int headDim, int tokens) {
        return scaling == null
                ? RopeScaling.plain(theta, headDim)
                : scaling.inverseFrequencies(theta, headDim, tokens);
    }

    /** The factor on cosine and sine. */
    public double attentionScaling() {
        return scaling == null ? 1 : scaling.attentionScaling();
    }

    /** Up to so many tokens a sequence's frequencies do not depend on its length. */
    public int steadyTokens() {
        return scaling == null ? Integer.MAX_VALUE : scaling.steadyTokens();
    }

    /** The longest sequence, in tokens, that a model of that max_position_embeddings takes. */
    int reach(int maxPositionEmbeddings) {
        return scaling == null ? maxPositionEmbeddings : scaling.reach(maxPositionEmbeddings);
    }
}
