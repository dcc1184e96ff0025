package dev.plimsoll.model.samples;

import java.util.List;

/**
 * What a sample becomes, for people to look at.
 *
 * @param text the whole training text
 * @param sequence its tokens and mask
 * @param tokenSpans for each token its characters in {@code text}, as {from, to}; empty (from = to)
 *     for a token that stands for no character
 * @param trained the characters of the trained tokens, joined where they touch
 * @param notes what a person should know and what changes nothing, each a whole sentence
 */
public record Explanation(
        String text,
        TokenSequence sequence,
        List<int[]> tokenSpans,
        List<TrainedSpan> trained,
        List<String> notes)
        implements ExplainOutcome {

    public Explanation {
        tokenSpans = List.copyOf(tokenSpans);
        trained = List.copyOf(trained);
        notes = List.copyOf(notes);
    }
}
