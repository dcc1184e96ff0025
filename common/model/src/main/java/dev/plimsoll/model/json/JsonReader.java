package dev.plimsoll.model.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON as RFC 8259 has it, strictly, and says in plain words what is wrong. Besides it takes
 * what Python writes: {@code NaN}, {@code Infinity}, {@code -Infinity}.
 *
 * <p>Values are String, Boolean, Long, {@link java.math.BigInteger} (whole numbers beyond a Long),
 * Double, List, Map (in the order of the text) and null. A field may be given once. Lists and
 * objects are at most {@link #MAX_DEPTH} deep.
 */
public final class JsonReader {

    /** Lists and objects inside each other. */
    public static final int MAX_DEPTH = 500;

    private final String text;
    private int at;
    private int depth;

    private JsonReader(String text) {
        this.text = text;
    }

    /**
     * The one value that the bytes are, in UTF-8, with or without a mark of the byte order.
     *
     * @throws JsonFault if they are not
     */
    public static Object read(byte[] utf8) throws JsonFault {
        return read(Utf8Text.of(utf8));
    }

    /**
     * The one value that the text is.
     *
     * @throws JsonFault if it is none, or more than one
     */
    public static Object read(String text) throws JsonFault {
        JsonReader reader = new JsonReader(text);
        reader.skipWhite();
        if (reader.at == text.length()) {
            throw reader.fault(reader.at, "it is empty");
        }
        Object value = reader.value();
        reader.skipWhite();
        if (reader.at < text.length()) {
            throw reader.fault(
                    reader.at,
                    "after the value comes " + reader.found() + "; write one value in one place");
        }
        return value;
    }

    private Object value() throws JsonFault {
        if (at == text.length()) {
            throw fault(at, "it ends where a value should be");
        }
        char c = text.charAt(at);
        return switch (c) {
            case '{' -> object();
            case '[' -> list();
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            case 'N' -> word("NaN", Double.NaN);
            case 'I' -> word("Infinity", Double.POSITIVE_INFINITY);
            default -> {
                if (c == '-' || c >= '0' && c <= '9') {
                    yield number();
                }
                throw fault(at, "there is " + found() + " where a value should be" + hint(c));
            }
        };
    }

    private Map<String, Object> object() throws JsonFault {
        int begin = at++;
        deeper(begin);
        Map<String, Object> fields = new LinkedHashMap<>();
        skipWhite();
        if (!take('}')) {
            do {
                skipWhite();
                int nameAt = at;
                String name = name(begin);
                skipWhite();
                if (!take(':')) {
                    throw fault(
                            at,
                            "there is " + found() + " where the : after field '"
                                    + Shown.text(name, 40) + "' should be");
                }
                skipWhite();
                Object value = value();
                if (fields.containsKey(name)) {
                    throw fault(
                            nameAt,
                            "field '" + Shown.text(name, 40)
                                    + "' is given twice; which one counts, nobody can tell: drop"
                                    + " one");
                }
                fields.put(name, value);
                skipWhite();
            } while (take(','));
            close('}', begin, "object");
        }
        depth--;
        return fields;
    }

    private String name(int begin) throws JsonFault {
        if (at == text.length()) {
            throw unclosed(begin, "object");
        }
        if (text.charAt(at) != '"') {
            throw fault(
                    at,
                    "there is " + found() + " where the name of a field should be"
                            + hint(text.charAt(at)));
        }
        return string();
    }

    private List<Object> list() throws JsonFault {
        int begin = at++;
        deeper(begin);
        List<Object> elements = new ArrayList<>();
        skipWhite();
        if (!take(']')) {
            do {
                skipWhite();
                if (at == text.length()) {
                    throw unclosed(begin, "list");
                }
                elements.add(value());
                skipWhite();
            } while (take(','));
            close(']', begin, "list");
        }
        depth--;
        return elements;
    }

    private void close(char bracket, int begin, String what) throws JsonFault {
        if (at == text.length()) {
            throw unclosed(begin, what);
        }
        if (!take(bracket)) {
            throw fault(
                    at,
                    "there is " + found() + " where a comma or the " + bracket + " of the " + what
                            + " should be");
        }
    }

    private void deeper(int begin) throws JsonFault {
        if (++depth > MAX_DEPTH) {
            throw fault(begin, "more than " + MAX_DEPTH + " lists and objects inside each other");
        }
    }

    private String string() throws JsonFault {
        int begin = at++;
        int end = at;
        while (end < text.length() && plain(text.charAt(end))) {
            end++;
        }
        if (end < text.length() && text.charAt(end) == '"') {
            String plain = text.substring(at, end);
            at = end + 1;
            return plain;
        }
        StringBuilder value = new StringBuilder();
        while (true) {
            value.append(text, at, end);
            at = end;
            if (at == text.length()) {
                throw fault(begin, "the string that begins here has no closing quotation mark");
            }
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return value.toString();
            }
            if (c != '\\') {
                throw fault(at, "there is " + found() + " inside a string; write " + escape(c));
            }
            value.append(escaped());
            end = at;
            while (end < text.length() && plain(text.charAt(end))) {
                end++;
            }
        }
    }

    private static boolean plain(char c) {
        return c != '"' && c != '\\' && c >= ' ';
    }

    private static String escape(char c) {
        return switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> String.format("\\u%04x", (int) c);
        };
    }

    private char escaped() throws JsonFault {
        int begin = at;
        char kind = at + 1 < text.length() ? text.charAt(at + 1) : '\0';
        at += 2;
        return switch (kind) {
            case '"', '\\', '/' -> kind;
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'u' -> unicode(begin);
            default ->
                throw fault(
                        begin,
                        "there is a backslash that JSON does not know; write \\\\ for a backslash");
        };
    }

    private char unicode(int begin) throws JsonFault {
        int code = 0;
        for (int i = 0; i < 4; i++) {
            // of ASCII only: Character.digit takes the digits of every script
            char c = at < text.length() ? text.charAt(at) : '\0';
            int digit = c < 128 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                throw fault(begin, "\\u is not followed by four hexadecimal digits");
            }
            code = code * 16 + digit;
            at++;
        }
        return (char) code;
    }

    private Object number() throws JsonFault {
        if (text.startsWith("-I", at)) {
            at++;
            return word("Infinity", Double.NEGATIVE_INFINITY);
        }
        int end = at;
        while (end < text.length() && "+-.eE0123456789".indexOf(text.charAt(end)) >= 0) {
            end++;
        }
        Object number = Numbers.of(text.substring(at, end));
        if (number instanceof String problem) {
            throw fault(at, problem);
        }
        at = end;
        return number;
    }

    private Object word(String word, Object value) throws JsonFault {
        if (!text.startsWith(word, at)) {
            throw fault(
                    at, "there is " + found() + " where a value should be" + hint(text.charAt(at)));
        }
        at += word.length();
        return value;
    }

    private boolean take(char c) {
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void skipWhite() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    /** What stands here, for people. */
    private String found() {
        if (at == text.length()) {
            return "nothing more";
        }
        int end = at;
        while (end < text.length()
                && end < at + 20
                && Character.isLetterOrDigit(text.charAt(end))) {
            end++;
        }
        if (end > at) {
            return "'" + Shown.text(text.substring(at, end), 20) + "'";
        }
        return switch (text.charAt(at)) {
            case '\0' -> "a NUL character";
            case '\n', '\r' -> "a line break";
            case '\t' -> "a tabulator";
            default -> "'" + Shown.text(Character.toString(text.codePointAt(at)), 20) + "'";
        };
    }

    private static String hint(char c) {
        return switch (c) {
            case '\'' -> "; strings take double quotation marks";
            case 'T', 'F' -> "; write true and false in small letters";
            case 'N' -> "; write null";
            case '}', ']' -> "; is there a comma too many?";
            default -> "";
        };
    }

    private JsonFault unclosed(int begin, String what) {
        return fault(begin, "the " + what + " that begins here is not closed; it ends too early");
    }

    private JsonFault fault(int position, String problem) {
        int line = 1;
        int lineBegin = 0;
        for (int i = 0; i < position; i++) {
            if (text.charAt(i) == '\n') {
                line++;
                lineBegin = i + 1;
            }
        }
        return new JsonFault(line, position - lineBegin + 1, problem);
    }
}
