package dev.plimsoll.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What happened, for a person: one line each. Kept only in a run that is replayed to be read. */
final class Timeline {
    private static final int MAX_WIDTH = 220;

    private final boolean kept;
    private final LongSupplier now;
    private final List<String> lines = new ArrayList<>();

    Timeline(boolean kept, LongSupplier now) {
        this.kept = kept;
        this.now = now;
    }

    void note(Supplier<String> what) {
        if (kept) {
            String line =
                    String.format(Locale.ROOT, "%9.3f  %s", now.getAsLong() / 1e3, what.get());
            lines.add(line.length() <= MAX_WIDTH ? line : line.substring(0, MAX_WIDTH) + "…");
        }
    }

    /** The last so many lines. */
    String tail(int most) {
        int from = Math.max(0, lines.size() - most);
        String omitted = from == 0 ? "" : "    … " + from + " lines before\n";
        return omitted + String.join("\n", lines.subList(from, lines.size()));
    }
}
