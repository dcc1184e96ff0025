package dev.plimsoll.model.text;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the token by which the model ends a turn: the first special or end token that the template
 * writes behind it. Several that follow one another without anything between are one end
 * ({@code <|tool_call_end|><|im_end|>}), and so are all behind a call.
 */
final class TurnEnds {

    private final ChatRenderings renderings;
    private final MarkedText text;
    private final Encoded tokens;
    private final SpecialTexts special;
    private final TextConfig config;
    private final Map<String, Optional<String>> known = new HashMap<>();
    private final Map<String, Integer> unended = new HashMap<>();

    TurnEnds(
            ChatRenderings renderings,
            MarkedText text,
            Encoded tokens,
            SpecialTexts special,
            TextConfig config) {
        this.renderings = renderings;
        this.text = text;
        this.tokens = tokens;
        this.special = special;
        this.config = config;
    }

    /**
     * @param said one more than the turn's last char
     * @param next the first char of another message behind it, or the text's length
     * @return a char behind the last of the end token; empty where there is none
     */
    Optional<Integer> of(int message, int said, int next, boolean calls) throws TextRefusal {
        int first = tokens.at(said);
        if (first > 0 && tokens.to()[first - 1] == said && ends(first - 1)) {
            // the assistant's own text ends with it
            return Optional.of(said);
        }
        int at = marked(first, next);
        if (at < 0) {
            return Optional.empty();
        }
        if (ends(at)) {
            return Optional.of(endOf(at, next));
        }
        // not known as an end of the model: do not mistake the next turn's header for it
        int own = said + ownTail(message, said, next);
        at = marked(first, own);
        if (at < 0) {
            return Optional.empty();
        }
        int last = at;
        for (int i = at + 1; i < tokens.size() && tokens.from()[i] < own; i++) {
            boolean adjacent = tokens.from()[i] == tokens.to()[last];
            if (isMarked(i) && (adjacent || calls)) {
                last = i;
            }
            if (ends(last)) {
                break;
            }
        }
        return Optional.of(endOf(last, next));
    }

    /**
     * Where a turn without an end token ends: behind what the template writes there without the
     * messages that follow, as far as that is of whole tokens. A token that goes on into the next
     * message's header is not of the turn.
     *
     * @param said one more than the turn's last char
     * @param next the first char of another message behind it
     */
    int ofTail(int message, int said, int next) throws TextRefusal {
        String gap = text.string().substring(said, next);
        Integer length = unended.get(gap);
        if (length == null) {
            length = withoutHeader(message, gap);
            unended.put(gap, length);
        }
        int end = said;
        for (int i = tokens.at(said); i < tokens.size() && tokens.to()[i] <= said + length; i++) {
            end = Math.max(end, tokens.to()[i]);
        }
        return end;
    }

    /**
     * How much of a gap is surely no header of the next message: 0 where the template cannot write
     * the turn as the last, and where it writes a generation prompt unasked, which begins as
     * headers do.
     */
    private int withoutHeader(int message, String gap) throws TextRefusal {
        Optional<String> tail = tailOf(message, gap);
        if (tail.isEmpty()) {
            return 0;
        }
        int common = common(tail.get(), gap);
        return common == tail.get().length() || heedsGenerationPrompt(message) ? common : 0;
    }

    /** Behind the turn or before it: many templates write no such prompt behind an assistant. */
    private boolean heedsGenerationPrompt(int message) throws TextRefusal {
        return addsPrompt(message + 1) || addsPrompt(message);
    }

    private boolean addsPrompt(int messages) throws TextRefusal {
        Optional<String> without = renderings.upTo(messages - 1).map(MarkedText::string);
        Optional<String> with = renderings.prompt(messages).map(MarkedText::string);
        return !without.equals(with);
    }

    /** Whether a special or end token stands between two chars. */
    boolean isWithin(int from, int to) {
        return marked(tokens.at(from), to) >= 0;
    }

    /** How much of what stands behind a turn stands there without the messages that follow. */
    private int ownTail(int message, int said, int next) throws TextRefusal {
        String gap = text.string().substring(said, next);
        return tailOf(message, gap).map(tail -> common(tail, gap)).orElse(gap.length());
    }

    private static int common(String tail, String gap) {
        int n = 0;
        while (n < Math.min(gap.length(), tail.length()) && gap.charAt(n) == tail.charAt(n)) {
            n++;
        }
        return n;
    }

    /** What the template writes behind a turn that is the last; empty where it cannot. */
    private Optional<String> tailOf(int message, String gap) throws TextRefusal {
        Optional<String> tail = known.get(gap);
        if (tail == null) {
            tail = tail(message);
            known.put(gap, tail);
        }
        return tail;
    }

    private Optional<String> tail(int message) throws TextRefusal {
        return renderings
                .upTo(message)
                .map(t -> t.string().substring(t.afterLast(t.length(), o -> o != 0)));
    }

    private int marked(int from, int to) {
        for (int i = from; i < tokens.size() && tokens.from()[i] < to; i++) {
            if (isMarked(i)) {
                return i;
            }
        }
        return -1;
    }

    private boolean isMarked(int token) {
        return ends(token) || special.isSpecial(tokens.ids()[token]);
    }

    private boolean ends(int token) {
        return config.endIds().contains(tokens.ids()[token]);
    }

    /** An end token may take the white space behind it ("rstrip"). */
    private int endOf(int token, int next) {
        return Math.min(tokens.to()[token], next);
    }
}
