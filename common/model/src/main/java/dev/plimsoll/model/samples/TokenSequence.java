package dev.plimsoll.model.samples;

import dev.plimsoll.wire.sample.RejectionReason;

import java.util.Arrays;
import java.util.List;

/**
 * The tokens of one sample; {@code trainOn[i]} says that token i is predicted from the ones before
 * it and counts in the loss. The first never does: nothing comes before it.
 *
 * @param leftOut the names of the sample's fields that the model's chat template does not write: it
 *     is trained without them
 */
public record TokenSequence(int[] tokens, boolean[] trainOn, List<String> leftOut)
        implements TokenizeOutcome {

    public TokenSequence {
        leftOut = List.copyOf(leftOut);
        if (tokens.length == 0 || tokens.length != trainOn.length || trainOn[0]) {
            throw new IllegalArgumentException(
                    "a sequence needs tokens, as many mask entries, and a first token that"
                            + " is not trained; got " + tokens.length + " tokens, " + trainOn.length
                            + " mask entries");
        }
    }

    /** Of which nothing is left out. */
    public TokenSequence(int[] tokens, boolean[] trainOn) {
        this(tokens, trainOn, List.of());
    }

    /**
     * So many of the first tokens, or all. What is left of a text that is cut has no end token: it
     * did not end there. Refused where it is cut and none of what is left is trained.
     */
    public TokenizeOutcome cutTo(int most) {
        if (tokens.length <= most) {
            return this;
        }
        TokenSequence kept = new TokenSequence(
                Arrays.copyOf(tokens, most), Arrays.copyOf(trainOn, most), leftOut);
        return kept.lossTokens() > 0
                ? kept
                : new SampleRefusal(
                        RejectionReason.TOO_MANY_TOKENS,
                        "it has " + tokens.length + " tokens; of the first " + most
                                + ", which are all that may be kept, none is trained; shorten what"
                                + " comes before the text that is to be trained");
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
                && Arrays.equals(trainOn, that.trainOn)
                && leftOut.equals(that.leftOut);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(tokens) + Arrays.hashCode(trainOn)) + leftOut.hashCode();
    }

    @Override
    public String toString() {
        return "TokenSequence[" + tokens.length + " tokens, " + lossTokens() + " trained]";
    }
}
