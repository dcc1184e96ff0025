package dev.plimsoll.cli.samples;

import dev.plimsoll.cli.topics.TerminalText;

import java.io.PrintWriter;

/**
 * Shows how far a submit is: on a terminal in one line that redraws itself, elsewhere nothing but a
 * line now and then.
 */
final class SubmitDisplay {

    private static final int BAR_CHARACTERS = 24;
    private static final long REDRAW_NANOS = 200_000_000;
    private static final long LINE_NANOS = 10_000_000_000L;

    private final PrintWriter out;
    private final boolean terminal;
    private final int columns;
    private long shownAt = System.nanoTime();
    private boolean dirty;

    SubmitDisplay(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
        this.columns = TerminalText.columns(terminal);
    }

    void sent(String file, long samples) {
        if (isDue()) {
            show(file + ": " + samples + " samples sent", samples + " samples sent");
        }
    }

    void dealtWith(long done, long all) {
        if (isDue() || (terminal && done == all)) {
            String counts = done + " of " + all + " samples dealt with";
            int filled = all == 0 ? BAR_CHARACTERS : (int) (BAR_CHARACTERS * done / all);
            String bar = "[" + "#".repeat(filled) + ".".repeat(BAR_CHARACTERS - filled) + "] ";
            show(
                    terminal && bar.length() + counts.length() < columns ? bar + counts : counts,
                    done + " of " + all);
        }
    }

    /** Prints a line that nothing overwrites. */
    void say(String line) {
        out.println((dirty ? "\r\033[K" : "") + TerminalText.fold(line, columns));
        out.flush();
        dirty = false;
    }

    private boolean isDue() {
        return System.nanoTime() - shownAt > (terminal ? REDRAW_NANOS : LINE_NANOS);
    }

    /** @param brief the same, for where it has no room */
    private void show(String whole, String brief) {
        shownAt = System.nanoTime();
        String text = whole.length() < columns ? whole : brief;
        if (terminal) {
            out.print("\r\033[K" + text);
            dirty = true;
        } else {
            out.println(text);
        }
        out.flush();
    }
}
