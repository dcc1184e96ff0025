package dev.plimsoll.wire.codec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Collects what is impossible about a record, for {@link Checked}. */
public final class Impossible {

    private static final int ID_CHARACTERS = 64;
    private static final int TEXT_CHARACTERS = 256;
    private static final int ITEMS = 65_536;
    /** No machine has so many bytes, and no run so many tokens or microseconds. */
    private static final long MOST = 1L << 56;

    private final List<String> found = new ArrayList<>();

    /** An id that processes give each other: letters, digits, dots, dashes, underscores. */
    public Impossible id(String name, String id) {
        if (!isId(id)) {
            found.add(name + " '" + Shown.line(id, 80)
                    + "' is no id of up to 64 letters, digits, dots, dashes or underscores");
        }
        return this;
    }

    /** By hand: every record has some, and a pattern takes ten times as long. */
    private static boolean isId(String id) {
        if (id.isEmpty() || id.length() > ID_CHARACTERS) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            if (!letter && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-') {
                return false;
            }
        }
        return true;
    }

    /** A text that a person gave or reads. */
    public Impossible text(String name, String text) {
        if (!Shown.isPlain(text, TEXT_CHARACTERS)) {
            found.add(name + " '" + Shown.line(text, 80) + "' has over " + TEXT_CHARACTERS
                    + " characters, or some that are none of a text");
        }
        return this;
    }

    /** A number of something: not negative, and no more than can be. */
    public Impossible amount(String name, long amount) {
        if (amount < 0 || amount > MOST) {
            found.add(name + " is " + amount);
        }
        return this;
    }

    /** How many items a list has. */
    public Impossible items(String name, List<?> items) {
        if (items.size() > ITEMS) {
            found.add(name + " has " + items.size() + " items, and the most is " + ITEMS);
        }
        return this;
    }

    /** @param problem is added when {@code wrong} */
    public Impossible when(boolean wrong, String problem) {
        if (wrong) {
            found.add(problem);
        }
        return this;
    }

    /** All of it in a sentence; empty when nothing was found. */
    public Optional<String> found() {
        return found.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", found));
    }
}
