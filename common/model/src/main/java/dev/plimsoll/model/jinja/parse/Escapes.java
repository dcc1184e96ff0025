package dev.plimsoll.model.jinja.parse;

import dev.plimsoll.model.jinja.value.Failure;

/** What a string literal means. */
final class Escapes {

    private Escapes() {}

    /** @param body what stands between the quotes, line ends normalised */
    static String read(String body, int line) {
        if (body.indexOf('\\') < 0) {
            return body;
        }
        StringBuilder out = new StringBuilder();
        String text = escaped(body);
        int at = 0;
        while (at < text.length()) {
            char character = text.charAt(at++);
            if (character == '\\') {
                at = escape(text, at, out, line);
            } else {
                out.append(character);
            }
        }
        return out.toString();
    }

    /**
     * Jinja writes what is not ASCII as escapes before it reads them. It shows where a backslash
     * stands before such a character.
     */
    private static String escaped(String body) {
        StringBuilder out = new StringBuilder();
        body.codePoints()
                .forEach(point -> out.append(
                        point < 0x80
                                ? Character.toString(point)
                                : String.format(
                                        point < 0x100
                                                ? "\\x%02x"
                                                : point < 0x10000 ? "\\u%04x" : "\\U%08x",
                                        point)));
        return out.toString();
    }

    private static int escape(String text, int at, StringBuilder out, int line) {
        char kind = text.charAt(at);
        int simple = "\\'\"abfnrtv".indexOf(kind);
        if (simple >= 0) {
            out.append("\\'\"\u0007\b\f\n\r\t\u000b".charAt(simple));
            return at + 1;
        }
        if (kind >= '0' && kind <= '7') {
            int end = at;
            while (end < text.length() && end < at + 3 && octal(text.charAt(end))) {
                end++;
            }
            out.append((char) Integer.parseInt(text.substring(at, end), 8));
            return end;
        }
        return switch (kind) {
            case '\n' -> at + 1;
            case 'x' -> hex(text, at + 1, 2, out, line);
            case 'u' -> hex(text, at + 1, 4, out, line);
            case 'U' -> hex(text, at + 1, 8, out, line);
            case 'N' -> named(text, at + 1, out, line);
            default -> {
                out.append('\\').append(kind);
                yield at + 1;
            }
        };
    }

    private static boolean octal(char character) {
        return character >= '0' && character <= '7';
    }

    private static int hex(String text, int at, int digits, StringBuilder out, int line) {
        int end = at + digits;
        if (end <= text.length()
                && text.substring(at, end).chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
            long point = Long.parseLong(text.substring(at, end), 16);
            if (point <= Character.MAX_CODE_POINT) {
                out.appendCodePoint((int) point);
                return end;
            }
        }
        throw new Failure(
                Failure.Kind.SYNTAX, line, "a string has an escape without its hexadecimal digits");
    }

    private static int named(String text, int at, StringBuilder out, int line) {
        int end = text.indexOf('}', at);
        if (at < text.length() && text.charAt(at) == '{' && end > 0) {
            try {
                out.appendCodePoint(Character.codePointOf(text.substring(at + 1, end)));
                return end + 1;
            } catch (IllegalArgumentException unknown) {
                throw new Failure(
                        Failure.Kind.SYNTAX,
                        line,
                        "no character is named '" + text.substring(at + 1, end) + "'");
            }
        }
        throw new Failure(Failure.Kind.SYNTAX, line, "a string has an escape \\N without a name");
    }
}
