package dev.plimsoll.engine;

/**
 * One tokenized sample in a micro-batch.
 *
 * @param ordinal its place in the run's order of samples
 * @param trainOn trainOn[i]: token i is a prediction target, predicted from the tokens before it.
 *     trainOn[0] is ignored: nothing comes before the first token.
 */
public record PackedSequence(long ordinal, int[] tokens, boolean[] trainOn) {

    public PackedSequence {
        if (tokens.length == 0 || tokens.length != trainOn.length) {
            throw new IllegalArgumentException(
                    "sequence " + ordinal + " has " + tokens.length + " tokens and "
                            + trainOn.length + " target flags; both must be equal and at least 1");
        }
    }

    /** Number of tokens that are trained on. */
    public int lossTokens() {
        int count = 0;
        for (int i = 1; i < trainOn.length; i++) {
            count += trainOn[i] ? 1 : 0;
        }
        return count;
    }
}
