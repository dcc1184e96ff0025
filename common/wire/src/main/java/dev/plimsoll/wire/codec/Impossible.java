package dev.plimsoll.wire.codec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Collects what is impossible about a record, for {@link Checked}. */
public final class Impossible {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final int TEXT_CHARACTERS = 256;
    private static final int ITEMS = 65_536;
    /** No machine has so many bytes, and no run so many tokens or microseconds. */
    private static final long MOST = 1L << 56;

    private final List<String> found = new ArrayList<>();

    /** An id that processes give each other: letters, digits, dots, dashes, underscores. */
    public Impossible id(String name, String id) {
        if (!ID.matcher(id).matches()) {
            found.add(name + " '" + Shown.line(id, 80)
                    + "' is no id of up to 64 letters, digits, dots, dashes or underscores");
        }
        return this;
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
