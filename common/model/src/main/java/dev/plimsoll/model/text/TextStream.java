package dev.plimsoll.model.text;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The text of tokens that come one after another. A piece is given out as soon as no later token
 * can change it: a character may consist of several tokens, and a word's first token may bring the
 * space before it. Not thread-safe.
 */
public final class TextStream {

    /** What a tokenizer writes for a beginning of a character. */
    private static final String INCOMPLETE = "\uFFFD";

    private final Function<int[], String> decode;
    private final List<Integer> tokens = new ArrayList<>();
    private int from;
    private int shown;

    TextStream(Function<int[], String> decode) {
        this.decode = decode;
    }

    /** The text that is certain by now and was not given out before; perhaps none. */
    public String add(int token) {
        tokens.add(token);
        String next = rest();
        return next.endsWith(INCOMPLETE) ? "" : giveOut(next);
    }

    /** What is left, an incomplete character among it. */
    public String end() {
        return giveOut(rest());
    }

    /** Decoded behind the tokens of the piece before, for how a token reads may depend on those. */
    private String rest() {
        String before = text(from, shown);
        String all = text(from, tokens.size());
        return all.length() > before.length() ? all.substring(before.length()) : "";
    }

    private String giveOut(String next) {
        if (!next.isEmpty()) {
            from = shown;
            shown = tokens.size();
        }
        return next;
    }

    private String text(int first, int end) {
        return first == end
                ? ""
                : decode.apply(tokens.subList(first, end).stream()
                        .mapToInt(Integer::intValue)
                        .toArray());
    }
}
