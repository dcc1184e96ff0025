package dev.plimsoll.simulation;

import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.samples.TokenizeOutcome;
import dev.plimsoll.wire.sample.RejectionReason;

import java.util.Arrays;

/**
 * Stands in for the tokenizer: a text says by itself which sample it is, and how many tokens it has
 * and trains. The real one's limit of tokens is left to the planner, but for texts that ask to be
 * refused.
 */
final class SimTokenizer {
    private static final String REFUSED = "refuse";

    private SimTokenizer() {}

    static String text(int number, SimSample sample) {
        return number + " " + sample.tokens().length + " " + sample.lossTokens();
    }

    static String refusedText(int number) {
        return REFUSED + " " + number;
    }

    static TokenizeOutcome tokenize(ParsedSample sample) {
        String text = ((ParsedSample.Text) sample).text();
        if (text.startsWith(REFUSED)) {
            return new SampleRefusal(RejectionReason.TOO_MANY_TOKENS, "simulated");
        }
        String[] said = text.split(" ");
        int[] tokens = new int[Integer.parseInt(said[1])];
        Arrays.fill(tokens, Integer.parseInt(said[0]));
        boolean[] trainOn = new boolean[tokens.length];
        Arrays.fill(trainOn, tokens.length - Integer.parseInt(said[2]), tokens.length, true);
        return new TokenSequence(tokens, trainOn);
    }
}
