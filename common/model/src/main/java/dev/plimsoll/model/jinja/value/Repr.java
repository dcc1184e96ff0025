package dev.plimsoll.model.jinja.value;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Iterator;

/** Python's {@code str} and {@code repr}, with origins. */
public final class Repr {

    private Repr() {}

    public static Str str(Object value, Budget budget) {
        if (value instanceof Str str) {
            return str;
        }
        if (value instanceof Undef) {
            return Str.EMPTY;
        }
        StrBuilder out = new StrBuilder(budget);
        repr(value, out, budget);
        return out.build();
    }

    public static Str repr(Object value, Budget budget) {
        StrBuilder out = new StrBuilder(budget);
        repr(value, out, budget);
        return out.build();
    }

    private static void repr(Object value, StrBuilder out, Budget budget) {
        budget.enter();
        switch (value) {
            case null -> out.append("None");
            case Boolean flag -> out.append(flag ? "True" : "False");
            case Long number -> out.append(number.toString());
            case BigInteger number -> out.append(digits(number));
            case Double number -> out.append(real(number));
            case Str str -> quoted(str, out);
            case Seq seq -> sequence(seq, out, budget);
            case Dict dict -> dictionary(dict, out, budget);
            case DictView view -> {
                out.append("dict_" + view.part().name().toLowerCase(java.util.Locale.ROOT) + "([");
                commas(view.items().iterator(), out, budget);
                out.append("])");
            }
            case Range range ->
                out.append("range(" + range.start() + ", " + range.stop()
                        + (range.step() == 1 ? ")" : ", " + range.step() + ")"));
            case Undef undef -> out.append("Undefined");
            case Namespace namespace -> {
                out.append("<Namespace ");
                dictionary(namespace.attributes(), out, budget);
                out.append(">");
            }
            case Named named -> out.append(named.printed());
            default ->
                throw Failure.unsupported(
                        "printing " + Types.name(value) + ", which Python prints with its address");
        }
        budget.leave();
    }

    /** A value of the interpreter with a text of its own. */
    public interface Named {
        String printed();
    }

    static String digits(BigInteger number) {
        String digits = number.toString();
        if (digits.length() - (number.signum() < 0 ? 1 : 0) > 4300) {
            throw Failure.type("a whole number of more than 4300 digits is not printed");
        }
        return digits;
    }

    private static void sequence(Seq seq, StrBuilder out, Budget budget) {
        out.append(seq.isTuple() ? "(" : "[");
        commas(seq.items().iterator(), out, budget);
        out.append(seq.isTuple() ? seq.items().size() == 1 ? ",)" : ")" : "]");
    }

    private static void commas(Iterator<Object> items, StrBuilder out, Budget budget) {
        boolean first = true;
        while (items.hasNext()) {
            if (!first) {
                out.append(", ");
            }
            first = false;
            repr(items.next(), out, budget);
        }
    }

    private static void dictionary(Dict dict, StrBuilder out, Budget budget) {
        out.append("{");
        boolean first = true;
        for (Dict.Entry entry : dict.entries()) {
            if (!first) {
                out.append(", ");
            }
            first = false;
            repr(entry.key(), out, budget);
            out.append(": ");
            repr(entry.value(), out, budget);
        }
        out.append("}");
    }

    private static void quoted(Str str, StrBuilder out) {
        String text = str.string();
        String quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? "\"" : "'";
        out.append(str.markup() ? "Markup(" : "").append(quote);
        int from = 0;
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            int to = i + Character.charCount(point);
            String escaped = escape(point, quote.charAt(0));
            if (escaped != null) {
                out.append(str, from, i).append(escaped, str.originAt(i));
                from = to;
            }
            i = to;
        }
        out.append(str, from, text.length()).append(quote).append(str.markup() ? ")" : "");
    }

    private static String escape(int point, char quote) {
        if (point == quote || point == '\\') {
            return "\\" + (char) point;
        }
        if (point >= ' ' && point < 0x7f) {
            return null;
        }
        return switch (point) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default ->
                Chars.printable(point)
                        ? null
                        : point < 0x100
                                ? String.format("\\x%02x", point)
                                : point < 0x10000
                                        ? String.format("\\u%04x", point)
                                        : String.format("\\U%08x", point);
        };
    }

    /** The shortest digits that give the same number, in Python's form. */
    public static String real(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        String digits = shortest.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - shortest.scale();
        String sign = number < 0 ? "-" : "";
        if (exponent < -4 || exponent >= 16) {
            String mantissa =
                    digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
            int size = Math.abs(exponent);
            return sign + mantissa + (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0" : "") + size;
        }
        String plain = shortest.abs().toPlainString();
        return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
    }
}
