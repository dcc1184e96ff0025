package dev.plimsoll.model.text;

import dev.plimsoll.model.jinja.Text;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * A string of which every char knows its origin: 0 is the template, others are numbers of
 * {@link ChatVariables#source}. Places are counted as Java's chars.
 */
final class MarkedText {

    private final String string;
    private final int[] origins;

    private MarkedText(String string, int[] origins) {
        this.string = string;
        this.origins = origins;
    }

    static MarkedText of(Text text) {
        int[] origins = new int[text.string().length()];
        for (Text.Run run : text.runs()) {
            Arrays.fill(origins, run.from(), run.to(), run.origin());
        }
        return new MarkedText(text.string(), origins);
    }

    static MarkedText of(String string, int origin) {
        return of(Text.of(string, origin));
    }

    String string() {
        return string;
    }

    int length() {
        return origins.length;
    }

    int origin(int at) {
        return origins[at];
    }

    MarkedText slice(int from, int to) {
        return new MarkedText(string.substring(from, to), Arrays.copyOfRange(origins, from, to));
    }

    MarkedText then(MarkedText next) {
        int[] joined = Arrays.copyOf(origins, length() + next.length());
        System.arraycopy(next.origins, 0, joined, length(), next.length());
        return new MarkedText(string + next.string, joined);
    }

    /** The first char at or after {@code from} whose origin is wanted; {@link #length} if none. */
    int next(int from, IntPredicate wanted) {
        return next(from, length(), wanted);
    }

    /** The same, not looking further than {@code to}; {@code to} if none. */
    int next(int from, int to, IntPredicate wanted) {
        int at = from;
        while (at < to && !wanted.test(origins[at])) {
            at++;
        }
        return at;
    }

    /** One more than the last char before {@code to} whose origin is wanted; 0 if none. */
    int afterLast(int to, IntPredicate wanted) {
        int at = to;
        while (at > 0 && !wanted.test(origins[at - 1])) {
            at--;
        }
        return at;
    }

    /** How many chars from {@code from} to {@code to}, not among them, are of an origin. */
    int count(int from, int to, int origin) {
        int count = 0;
        for (int at = from; at < to; at++) {
            count += origins[at] == origin ? 1 : 0;
        }
        return count;
    }

    /** Whether any char from {@code from} to {@code to}, not among them, is of a wanted origin. */
    boolean has(int from, int to, IntPredicate wanted) {
        return next(from, to, wanted) < to;
    }
}
