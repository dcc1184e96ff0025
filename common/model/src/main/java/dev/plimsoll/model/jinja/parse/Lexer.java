package dev.plimsoll.model.jinja.parse;

import dev.plimsoll.model.jinja.value.Chars;
import dev.plimsoll.model.jinja.value.Failure;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens. Blocks take the line end after them with them and the white space
 * before them on their line, as Transformers sets it.
 */
final class Lexer {

    private static final String SPACE = "[\\x09-\\x0d\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a"
            + "\\u2028\\u2029\\u202f\\u205f\\u3000]";
    private static final Pattern RAW =
            Pattern.compile("\\{%([-+]?)" + SPACE + "*+raw" + SPACE + "*+(-?)%\\}");
    private static final Pattern END_RAW =
            Pattern.compile("\\{%([-+]?)" + SPACE + "*+endraw" + SPACE + "*+(-|\\+|)%\\}");
    private static final Pattern FLOAT = Pattern.compile(
            "(?:[0-9]++_)*+[0-9]++(?:(?:\\.(?:[0-9]+_)*[0-9]+)?[eE][+-]?(?:[0-9]+_)*[0-9]+"
                    + "|\\.(?:[0-9]+_)*[0-9]+)");
    private static final Pattern INTEGER = Pattern.compile("0[bB](?:_?[01])+|0[oO](?:_?[0-7])+"
            + "|0[xX](?:_?[0-9a-fA-F])+|[1-9](?:_?[0-9])*+|0(?:_?0)*+");
    private static final List<String> OPERATORS = List.of(
            "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")",
            "{", "}", ">", "<", "=", ".", ":", "|", ",", ";");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private final Deque<String> open = new ArrayDeque<>();
    private int at;
    private int line = 1;
    private int counted;
    private boolean lineStarts = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String template) {
        String source = template.replace("\r\n", "\n").replace('\r', '\n');
        if (source.endsWith("\n")) {
            source = source.substring(0, source.length() - 1);
        }
        Lexer lexer = new Lexer(source);
        lexer.all();
        return lexer.tokens;
    }

    private void all() {
        while (at < source.length()) {
            int tag = nextTag(at);
            if (tag < 0) {
                add("data", source.substring(at), null);
                at = source.length();
                break;
            }
            tag(tag);
        }
        lineOf(source.length());
        add("eof", "", null);
    }

    private int nextTag(int from) {
        for (int i = source.indexOf('{', from);
                i >= 0 && i + 1 < source.length();
                i = source.indexOf('{', i + 1)) {
            if ("{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    private void tag(int tag) {
        Matcher raw = RAW.matcher(source).region(tag, source.length());
        if (raw.lookingAt()) {
            data(at, tag, sign(tag), false);
            moveTo(raw.end());
            if (!raw.group(2).isEmpty()) {
                moveTo(spaceEnd(at));
            }
            raw();
            return;
        }
        char kind = source.charAt(tag + 1);
        String sign = sign(tag);
        data(at, tag, sign, kind == '{');
        lineOf(tag);
        switch (kind) {
            case '#' -> {
                moveTo(tag + 2 + sign.length());
                comment();
            }
            case '%' -> {
                add("{%", "{%", null);
                moveTo(tag + 2 + sign.length());
                inside("%}");
            }
            default -> {
                add("{{", "{{", null);
                moveTo(tag + 2 + sign.length());
                inside("}}");
            }
        }
    }

    private String sign(int tag) {
        char next = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
        return next == '-' || next == '+' ? String.valueOf(next) : "";
    }

    private void data(int from, int to, String sign, boolean variable) {
        int end = to;
        if (sign.equals("-")) {
            while (end > from && Chars.space(source.charAt(end - 1))) {
                end--;
            }
        } else if (sign.isEmpty() && !variable) {
            int start = to;
            while (start > from
                    && source.charAt(start - 1) != '\n'
                    && Chars.space(source.charAt(start - 1))) {
                start--;
            }
            if (start == from ? lineStarts : source.charAt(start - 1) == '\n') {
                end = start;
            }
        }
        if (end > from) {
            lineOf(from);
            add("data", source.substring(from, end), null);
        }
    }

    private int spaceEnd(int from) {
        int end = from;
        while (end < source.length() && Chars.space(source.charAt(end))) {
            end++;
        }
        return end;
    }

    private void moveTo(int to) {
        lineStarts = to > 0 && source.charAt(to - 1) == '\n';
        at = to;
    }

    private void comment() {
        if (at >= source.length()) {
            return;
        }
        int end = source.indexOf("#}", at);
        if (end < 0) {
            throw failure("a comment has no end");
        }
        char before = end > at ? source.charAt(end - 1) : ' ';
        endTag(end + 2, before == '-' ? "-" : before == '+' ? "+" : "");
    }

    private void raw() {
        if (at >= source.length()) {
            return;
        }
        Matcher end = END_RAW.matcher(source);
        if (!end.find(at)) {
            throw failure("a 'raw' has no 'endraw'");
        }
        data(at, end.start(), end.group(1), false);
        endTag(end.end(), end.group(2));
    }

    private void endTag(int after, String sign) {
        switch (sign) {
            case "-" -> moveTo(spaceEnd(after));
            case "+" -> moveTo(after);
            default ->
                moveTo(after < source.length() && source.charAt(after) == '\n' ? after + 1 : after);
        }
    }

    private void inside(String end) {
        while (at < source.length()) {
            if (open.isEmpty() && ends(end)) {
                return;
            }
            lineOf(at);
            char character = source.charAt(at);
            if (Chars.space(character)) {
                moveTo(spaceEnd(at));
            } else if (!number() && !name() && !string()) {
                operator();
            }
        }
    }

    private boolean ends(String end) {
        boolean block = end.equals("%}");
        String sign = "";
        if (source.startsWith("-" + end, at)) {
            sign = "-";
        } else if (block && source.startsWith("+" + end, at)) {
            sign = "+";
        } else if (!source.startsWith(end, at)) {
            return false;
        }
        lineOf(at);
        add(end, end, null);
        int after = at + sign.length() + 2;
        if (block || sign.equals("-")) {
            endTag(after, sign);
        } else {
            moveTo(after);
        }
        return true;
    }

    private boolean number() {
        if (source.charAt(at) < '0' || source.charAt(at) > '9') {
            return false;
        }
        Matcher real = FLOAT.matcher(source).region(at, source.length());
        if ((at == 0 || source.charAt(at - 1) != '.') && real.lookingAt()) {
            add("number", real.group(), Double.valueOf(real.group().replace("_", "")));
            moveTo(real.end());
            return true;
        }
        Matcher whole = INTEGER.matcher(source).region(at, source.length());
        if (!whole.lookingAt()) {
            return false;
        }
        add("number", whole.group(), Integers.literal(whole.group(), line));
        moveTo(whole.end());
        return true;
    }

    private boolean name() {
        int end = at;
        while (end < source.length()) {
            int point = source.codePointAt(end);
            if (!Chars.word(point) && !Character.isUnicodeIdentifierPart(point)
                    || Character.isIdentifierIgnorable(point)) {
                break;
            }
            end += Character.charCount(point);
        }
        if (end == at) {
            return false;
        }
        String name = source.substring(at, end);
        int first = name.codePointAt(0);
        if (first != '_' && !Character.isUnicodeIdentifierStart(first)) {
            throw failure("'" + name + "' is no name");
        }
        add("name", name, null);
        moveTo(end);
        return true;
    }

    private boolean string() {
        char quote = source.charAt(at);
        if (quote != '\'' && quote != '"') {
            return false;
        }
        int end = at + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw failure("a string has no end");
        }
        add("string", Escapes.read(source.substring(at + 1, end), line), null);
        moveTo(end + 1);
        return true;
    }

    private void operator() {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                balance(operator);
                add(operator, operator, null);
                moveTo(at + operator.length());
                return;
            }
        }
        throw failure("the character '" + Character.toString(source.codePointAt(at))
                + "' stands where none may");
    }

    private void balance(String operator) {
        switch (operator) {
            case "{" -> open.push("}");
            case "(" -> open.push(")");
            case "[" -> open.push("]");
            case "}", ")", "]" -> {
                if (open.isEmpty() || !open.pop().equals(operator)) {
                    throw failure("'" + operator + "' closes nothing that is open");
                }
            }
            default -> {}
        }
    }

    private void lineOf(int position) {
        for (; counted < position; counted++) {
            if (source.charAt(counted) == '\n') {
                line++;
            }
        }
    }

    private void add(String type, String text, Object value) {
        tokens.add(new Token(type, text, value, line));
    }

    private Failure failure(String message) {
        return new Failure(Failure.Kind.SYNTAX, line, message);
    }
}
