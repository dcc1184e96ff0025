package dev.plimsoll.model.jinja.value;

import java.util.Arrays;

/**
 * A string with the origin of each character. Strings are equal whose characters are equal.
 * Positions are Java's chars here; {@link #points} and {@link #at} translate to code points.
 */
public final class Str {

    public static final Str EMPTY = new Str("", 0, null, false);

    private final String string;
    /** Of all characters, where {@code runs} is null. */
    private final int origin;
    /** End and origin of each run in turn. */
    private final int[] runs;

    private final boolean markup;
    private int points = -1;

    private Str(String string, int origin, int[] runs, boolean markup) {
        this.string = string;
        this.origin = origin;
        this.runs = runs;
        this.markup = markup;
    }

    /** Of the template itself. */
    public static Str of(String string) {
        return string.isEmpty() ? EMPTY : new Str(string, 0, null, false);
    }

    public static Str of(String string, int origin) {
        return string.isEmpty() ? EMPTY : new Str(string, origin, null, false);
    }

    static Str ofRuns(String string, int[] runs) {
        return runs.length == 2
                ? of(string, runs[1])
                : string.isEmpty() ? EMPTY : new Str(string, 0, runs, false);
    }

    public String string() {
        return string;
    }

    public boolean isEmpty() {
        return string.isEmpty();
    }

    public int length() {
        return string.length();
    }

    /** Whether it counts as safe HTML, which Jinja's {@code safe} and {@code escape} give. */
    public boolean markup() {
        return markup;
    }

    public Str withMarkup(boolean safe) {
        return safe == markup ? this : new Str(string, origin, runs, safe);
    }

    /** How many code points there are. */
    public int points() {
        if (points < 0) {
            points = string.codePointCount(0, string.length());
        }
        return points;
    }

    /** Whether code points and chars are the same. */
    public boolean simple() {
        return points() == string.length();
    }

    /** The char at which a code point begins. */
    public int at(int point) {
        return simple() ? point : string.offsetByCodePoints(0, point);
    }

    /** The code point that begins at a char. */
    public int pointAt(int at) {
        return simple() ? at : string.codePointCount(0, at);
    }

    /** The one origin of all characters, or 0 where there are several. */
    public int oneOrigin() {
        return origin;
    }

    public int originAt(int at) {
        if (runs == null) {
            return origin;
        }
        return runs[2 * runAt(at) + 1];
    }

    private int runAt(int at) {
        int low = 0;
        int high = runs.length / 2 - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (runs[2 * middle] > at) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** Chars {@code from} to {@code to}, the end not among them. */
    public Str sub(int from, int to) {
        if (from == 0 && to == string.length()) {
            return this;
        }
        if (from >= to) {
            return EMPTY.withMarkup(markup);
        }
        String part = string.substring(from, to);
        if (runs == null) {
            return new Str(part, origin, null, markup);
        }
        int first = runAt(from);
        int last = runAt(to - 1);
        int[] cut = Arrays.copyOfRange(runs, 2 * first, 2 * last + 2);
        for (int i = 0; i < cut.length; i += 2) {
            cut[i] = Math.min(cut[i], to) - from;
        }
        return ofRuns(part, cut).withMarkup(markup);
    }

    public Str sub(int from) {
        return sub(from, string.length());
    }

    /** Other characters in the same places, as upper case is for most. */
    public Str sameLength(String other) {
        return new Str(other, origin, runs, markup);
    }

    /** Makes each run known, in order. */
    public void eachRun(RunReader reader) {
        if (runs == null) {
            reader.run(0, string.length(), origin);
            return;
        }
        int from = 0;
        for (int i = 0; i < runs.length; i += 2) {
            reader.run(from, runs[i], runs[i + 1]);
            from = runs[i];
        }
    }

    /** Is told a run. */
    public interface RunReader {
        void run(int from, int to, int origin);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Str str && string.equals(str.string);
    }

    @Override
    public int hashCode() {
        return string.hashCode();
    }

    @Override
    public String toString() {
        return string;
    }
}
