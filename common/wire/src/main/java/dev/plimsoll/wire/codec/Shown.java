package dev.plimsoll.wire.codec;

/**
 * A stranger's text as it is shown to people and copied into records: cut, and in one line without
 * characters that steer a terminal.
 */
public final class Shown {

    /** For notes that a record carries. */
    public static final int NOTE_CHARACTERS = 2_000;

    private Shown() {}

    /** A note as records carry it. The same text comes out when it is given again. */
    public static String note(String text) {
        return line(text, NOTE_CHARACTERS);
    }

    /** At most so many characters, the sign of a cut among them. */
    public static String line(String text, int most) {
        boolean cut = text.length() > most;
        int end = cut ? most - 1 : text.length();
        if (cut && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        StringBuilder line = null;
        for (int i = 0; i < end; i++) {
            if (steers(text.charAt(i))) {
                if (line == null) {
                    line = new StringBuilder(text.substring(0, end));
                }
                line.setCharAt(i, text.charAt(i) == '\n' || text.charAt(i) == '\t' ? ' ' : '?');
            }
        }
        String shown = line == null ? text.substring(0, end) : line.toString();
        return cut ? shown + "…" : shown;
    }

    /**
     * A line of JSON as a terminal may show it, still JSON with the same meaning: such characters
     * stand inside of its strings alone, and are written there as JSON writes them.
     */
    public static String json(String json) {
        if (json.chars().noneMatch(c -> steers((char) c))) {
            return json;
        }
        StringBuilder line = new StringBuilder(json.length() + 64);
        json.chars().forEach(c -> {
            if (steers((char) c)) {
                line.append(String.format("\\u%04x", c));
            } else {
                line.append((char) c);
            }
        });
        return line.toString();
    }

    /** Whether a text is shown as it is. */
    static boolean isPlain(String text, int most) {
        return text.length() <= most && text.chars().noneMatch(c -> steers((char) c));
    }

    /** Control characters, ends of lines, and those that turn the direction of a text. */
    private static boolean steers(char c) {
        return Character.isISOControl(c)
                || c == '\u2028'
                || c == '\u2029'
                || c >= '\u202a' && c <= '\u202e'
                || c >= '\u2066' && c <= '\u2069';
    }
}
