package dev.plimsoll.cli.topics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Text for a terminal of so many columns: no line is longer, and no word or figure is cut. A line
 * may have one column fewer than the terminal, because some begin a new line after the last.
 */
public final class TerminalText {

    /** Of a pipe, where lines may be of any length. */
    static final int ANY = Integer.MAX_VALUE;

    private static final String BETWEEN = "  ";
    private static final String INDENT = "  ";

    private TerminalText() {}

    /** How many columns what is written may have. */
    public static int columns(boolean terminal) {
        return terminal ? TerminalWidth.columns() : ANY;
    }

    /** Whether this process writes to a terminal, and is asked from one. */
    public static boolean isTerminal() {
        return System.console() != null && System.console().isTerminal();
    }

    /**
     * A sentence, or a figure with its name.
     *
     * @param rank those of lower ranks are shown first where not all have room
     * @param variants the same at several lengths, the longest first
     */
    record Part(int rank, List<String> variants) {

        static Part of(int rank, String... variants) {
            return new Part(rank, List.of(variants));
        }
    }

    /** As many of the parts as have room in one line, in their order. */
    static String fit(List<Part> parts, int columns) {
        String[] shown = new String[parts.size()];
        int room = columns - 1;
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            order.add(i);
        }
        order.sort(Comparator.comparingInt(i -> parts.get(i).rank()));
        boolean isFirst = true;
        for (int i : order) {
            int left = room - (isFirst ? 0 : BETWEEN.length());
            shown[i] = parts.get(i).variants().stream()
                    .filter(text -> !text.isEmpty() && text.length() <= left)
                    .findFirst()
                    .orElse(null);
            if (shown[i] != null) {
                room = left - shown[i].length();
                isFirst = false;
            }
        }
        List<String> line = new ArrayList<>();
        for (String text : shown) {
            if (text != null) {
                line.add(text);
            }
        }
        return String.join(BETWEEN, line);
    }

    /** The first that has room; the last one, in several lines, if none has. */
    static String firstThatFits(int columns, String... lines) {
        for (String line : lines) {
            if (line.length() < columns) {
                return line;
            }
        }
        return fold(lines[lines.length - 1], columns);
    }

    /**
     * The text in lines that are shorter than the terminal; each but the first is indented. A word
     * that is too long by itself, such as a path, stays whole.
     */
    public static String fold(String text, int columns) {
        if (text.length() < columns) {
            return text;
        }
        StringBuilder folded = new StringBuilder();
        int used = 0;
        int spaces = 0;
        for (String word : text.split(" ", -1)) {
            if (word.isEmpty()) {
                spaces++;
                continue;
            }
            if (folded.isEmpty()) {
                folded.append(" ".repeat(spaces)).append(word);
                used = folded.length();
            } else if (used + spaces + word.length() < columns) {
                folded.append(" ".repeat(spaces)).append(word);
                used += spaces + word.length();
            } else {
                folded.append('\n').append(INDENT).append(word);
                used = INDENT.length() + word.length();
            }
            spaces = 1;
        }
        return folded.toString();
    }
}
