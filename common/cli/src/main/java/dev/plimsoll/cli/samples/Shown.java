package dev.plimsoll.cli.samples;

/** Texts of others as a terminal may show them: control characters are written out. */
final class Shown {

    private Shown() {}

    /** On one line. */
    static String safe(String text) {
        return safe(text, false);
    }

    /** Line breaks and tabs stay. */
    static String safeLines(String text) {
        return safe(text, true);
    }

    private static String safe(String text, boolean lines) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            boolean stays = lines && (c == '\n' || c == '\t');
            if (!stays && (Character.isISOControl(c) || turnsWriting(c))) {
                out.append(String.format("\\u%04x", c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.toString();
    }

    /** Characters that change the direction of writing, so that a text reads as another. */
    private static boolean turnsWriting(int c) {
        return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    }
}
