package dev.plimsoll.model.samples;

import java.util.Arrays;

/**
 * The tokens of one sample; {@code trainOn[i]} says that token i is predicted from the ones before
 * it and counts in the loss. The first never does: nothing comes before it.
 */
public record TokenSequence(int[] tokens, boolean[] trainOn) implements TokenizeOutcome {

    public TokenSequence {
        if (tokens.length == 0 || tokens.length != trainOn.length || trainOn[0]) {
            throw new IllegalArgumentException(
                    "a sequence needs tokens, as many mask entries, and a first token that"
                            + " is not trained; got " + tokens.length + " tokens, " + trainOn.length
                            + " mask entries");
        }
    }

    public int lossTokens() {
        int count = 0;
        for (boolean trained : trainOn) {
            count += trained ? 1 : 0;
        }
        return count;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenSequence that
                && Arrays.equals(tokens, that.tokens)
                && Arrays.equals(trainOn, that.trainOn);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(tokens) + Arrays.hashCode(trainOn);
    }

    @Override
    public String toString() {
        return "TokenSequence[" + tokens.length + " tokens, " + lossTokens() + " trained]";
    }
}
