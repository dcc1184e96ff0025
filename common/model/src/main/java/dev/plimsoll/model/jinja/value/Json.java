package dev.plimsoll.model.jinja.value;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Python's {@code json.dumps}, with origins. */
public final class Json {

    private final Budget budget;
    private final boolean ascii;
    private final Str indent;
    private final Str comma;
    private final Str colon;
    private final boolean sorted;
    private final StrBuilder out;

    /** @param indent what a level is indented by; null for all on one line */
    public Json(Budget budget, boolean ascii, Str indent, Str comma, Str colon, boolean sorted) {
        this.budget = budget;
        this.ascii = ascii;
        this.indent = indent;
        this.comma = comma;
        this.colon = colon;
        this.sorted = sorted;
        this.out = new StrBuilder(budget);
    }

    public Str write(Object value) {
        value(value, 0);
        return out.build();
    }

    private void value(Object value, int level) {
        budget.enter();
        switch (value) {
            case null -> out.append("null");
            case Str str -> string(str);
            case Boolean flag -> out.append(flag ? "true" : "false");
            case Long number -> out.append(number.toString());
            case BigInteger number -> out.append(Repr.digits(number));
            case Double number -> out.append(real(number));
            case Seq seq -> list(seq.items(), level);
            case Dict dict -> dictionary(dict, level);
            default -> throw Failure.type("'tojson' cannot write " + Types.name(value));
        }
        budget.leave();
    }

    private static String real(double number) {
        return Double.isNaN(number)
                ? "NaN"
                : Double.isInfinite(number)
                        ? (number > 0 ? "Infinity" : "-Infinity")
                        : Repr.real(number);
    }

    private void line(int level) {
        if (indent != null) {
            out.append("\n");
            for (int i = 0; i < level; i++) {
                out.append(indent);
            }
        }
    }

    private void list(List<Object> items, int level) {
        if (items.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append("[");
        for (int i = 0; i < items.size(); i++) {
            if (i > 0) {
                out.append(comma);
            }
            line(level + 1);
            value(items.get(i), level + 1);
        }
        line(level);
        out.append("]");
    }

    private void dictionary(Dict dict, int level) {
        if (dict.size() == 0) {
            out.append("{}");
            return;
        }
        List<Dict.Entry> entries = new ArrayList<>(dict.entries());
        if (sorted) {
            entries.sort((a, b) -> Py.ordered(a.key(), "<", b.key(), budget)
                    ? -1
                    : Py.ordered(b.key(), "<", a.key(), budget) ? 1 : 0);
        }
        out.append("{");
        for (int i = 0; i < entries.size(); i++) {
            if (i > 0) {
                out.append(comma);
            }
            line(level + 1);
            key(entries.get(i).key());
            out.append(colon);
            value(entries.get(i).value(), level + 1);
        }
        line(level);
        out.append("}");
    }

    private void key(Object key) {
        switch (key) {
            case Str str -> string(str);
            case null -> out.append("\"null\"");
            case Boolean flag -> out.append(flag ? "\"true\"" : "\"false\"");
            case Long number -> out.append("\"" + number + "\"");
            case BigInteger number -> out.append("\"" + Repr.digits(number) + "\"");
            case Double number -> out.append("\"" + real(number) + "\"");
            default -> throw Failure.type("'tojson' cannot write " + Types.name(key) + " as a key");
        }
    }

    private void string(Str str) {
        String text = str.string();
        out.append("\"");
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            String escaped = escape(text.charAt(i));
            if (escaped != null) {
                out.append(str, from, i).append(escaped, str.originAt(i));
                from = i + 1;
            }
        }
        out.append(str, from, text.length()).append("\"");
    }

    private String escape(char character) {
        return switch (character) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\f' -> "\\f";
            case '\b' -> "\\b";
            default ->
                character < ' ' || ascii && character > '~'
                        ? String.format("\\u%04x", (int) character)
                        : null;
        };
    }
}
