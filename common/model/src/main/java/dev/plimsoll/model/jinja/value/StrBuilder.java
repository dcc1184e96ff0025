package dev.plimsoll.model.jinja.value;

import java.util.Arrays;

/** Puts strings together and keeps the origins; never longer than the limit. */
public final class StrBuilder {

    private final Budget budget;
    private final StringBuilder chars = new StringBuilder();
    private int[] runs = new int[4];
    private int used;

    public StrBuilder(Budget budget) {
        this.budget = budget;
    }

    public int length() {
        return chars.length();
    }

    public StrBuilder append(Str text) {
        room(text.length());
        if (text.length() > 0) {
            int start = chars.length();
            chars.append(text.string());
            text.eachRun((from, to, origin) -> run(start + to, origin));
        }
        return this;
    }

    public StrBuilder append(Str text, int from, int to) {
        return append(text.sub(from, to));
    }

    /** Of the template itself. */
    public StrBuilder append(String text) {
        return append(text, 0);
    }

    public StrBuilder append(String text, int origin) {
        if (!text.isEmpty()) {
            room(text.length());
            chars.append(text);
            run(chars.length(), origin);
        }
        return this;
    }

    public StrBuilder append(char character, int origin) {
        room(1);
        chars.append(character);
        run(chars.length(), origin);
        return this;
    }

    private void room(int more) {
        budget.characters(more);
        if (chars.length() + (long) more > budget.maxCharacters()) {
            budget.characters(chars.length() + (long) more);
        }
    }

    private void run(int end, int origin) {
        if (used > 0 && runs[used - 1] == origin) {
            runs[used - 2] = end;
            return;
        }
        if (used == runs.length) {
            runs = Arrays.copyOf(runs, used * 2);
        }
        runs[used++] = end;
        runs[used++] = origin;
    }

    public Str build() {
        return used == 0 ? Str.EMPTY : Str.ofRuns(chars.toString(), Arrays.copyOf(runs, used));
    }
}
