package dev.plimsoll.model.jinja.ops;

import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Dict;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Numbers;
import dev.plimsoll.model.jinja.value.Range;
import dev.plimsoll.model.jinja.value.Repr;
import dev.plimsoll.model.jinja.value.Seq;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.StrBuilder;
import dev.plimsoll.model.jinja.value.Types;
import dev.plimsoll.model.jinja.value.Undef;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;

/** Python's {@code format % values}, with origins. */
public final class Printf {

    private final Str format;
    private final String text;
    private final Object given;
    private final Budget budget;
    private final StrBuilder out;
    private int at;
    private int used;

    private Printf(Str format, Object given, Budget budget) {
        this.format = format;
        this.text = format.string();
        this.given = given;
        this.budget = budget;
        this.out = new StrBuilder(budget);
    }

    public static Str format(Str format, Object given, Budget budget) {
        if (format.markup()) {
            throw Failure.unsupported("'%' of a text that is marked as safe");
        }
        return new Printf(format, given, budget).all();
    }

    private Str all() {
        while (at < text.length()) {
            int next = text.indexOf('%', at);
            if (next < 0) {
                next = text.length();
            }
            out.append(format, at, next);
            at = next + 1;
            if (next < text.length()) {
                field();
            }
        }
        boolean mapping = given instanceof Dict
                || given instanceof Undef
                || given instanceof Range
                || given instanceof Seq seq && !seq.isTuple();
        int count = given instanceof Seq seq && seq.isTuple() ? seq.items().size() : 1;
        if (!mapping && used < count) {
            throw Failure.type("a format leaves values over");
        }
        return out.build();
    }

    private char peek() {
        if (at >= text.length()) {
            throw Failure.type("a format ends within a field");
        }
        return text.charAt(at);
    }

    private void field() {
        Object named = Missing.MISSING;
        if (peek() == '(') {
            named = named();
        }
        String flags = "";
        while ("-+ #0".indexOf(peek()) >= 0) {
            flags += text.charAt(at++);
        }
        int width = number();
        if (width < 0) {
            flags += "-";
            width = -width;
        }
        int precision = -1;
        if (peek() == '.') {
            at++;
            precision = Math.max(0, number());
        }
        while ("hlL".indexOf(peek()) >= 0) {
            at++;
        }
        char type = text.charAt(at++);
        if (type == '%') {
            out.append("%", format.originAt(at - 1));
            return;
        }
        Object value = named == Missing.MISSING ? next() : named;
        convert(type, flags, width, precision, value);
    }

    private Object named() {
        int depth = 1;
        int from = ++at;
        while (depth > 0) {
            char character = peek();
            depth += character == '(' ? 1 : character == ')' ? -1 : 0;
            at++;
        }
        if (!(given instanceof Dict dict)) {
            throw Failure.type("a format with names needs a dictionary");
        }
        Object value = dict.get(format.sub(from, at - 1));
        if (value == Missing.MISSING) {
            throw Failure.type("a format finds no '" + text.substring(from, at - 1) + "'");
        }
        used = 1;
        return value;
    }

    private int number() {
        if (peek() == '*') {
            at++;
            return Numbers.toInt(next(), "a width");
        }
        long number = 0;
        while (Character.digit(peek(), 10) >= 0 && peek() < 0x80) {
            number = Math.min(number * 10 + Character.digit(text.charAt(at++), 10), 1 << 30);
        }
        return (int) number;
    }

    private Object next() {
        List<Object> values = given instanceof Seq seq && seq.isTuple()
                ? seq.items()
                : java.util.Collections.singletonList(given);
        if (used >= values.size()) {
            throw Failure.type("a format has more fields than there are values");
        }
        return values.get(used++);
    }

    private void convert(char type, String flags, int width, int precision, Object value) {
        Str body;
        String sign = "";
        boolean numeric = true;
        switch (type) {
            case 's', 'r', 'a' -> {
                numeric = false;
                body = type == 's' ? Repr.str(value, budget) : Repr.repr(value, budget);
                if (precision >= 0 && precision < body.points()) {
                    body = body.sub(0, body.at(precision));
                }
            }
            case 'c' -> {
                numeric = false;
                body = character(value);
            }
            case 'd', 'i', 'u', 'x', 'X', 'o' -> {
                BigInteger whole = whole(type, value);
                sign = whole.signum() < 0 ? "-" : plus(flags);
                body = Str.of(digits(type, flags, precision, whole.abs()));
            }
            case 'e', 'E', 'f', 'F', 'g', 'G' -> {
                double real = real(value);
                sign = Double.compare(real, 0) < 0 && !Double.isNaN(real) ? "-" : plus(flags);
                body = Str.of(Reals.digits(
                        real, type, precision < 0 ? 6 : precision, flags.contains("#")));
            }
            default -> throw Failure.type("a format has the unknown field '%" + type + "'");
        }
        place(flags, width, sign, body, numeric);
    }

    private static String plus(String flags) {
        return flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
    }

    private void place(String flags, int width, String sign, Str body, boolean numeric) {
        int missing = Math.max(0, width - body.points() - sign.length());
        budget.characters(missing);
        boolean left = flags.contains("-");
        boolean zeros = flags.contains("0") && numeric && !left;
        if (!left && !zeros) {
            out.append(" ".repeat(missing));
        }
        out.append(sign);
        if (zeros) {
            boolean prefix = body.string().startsWith("0x")
                    || body.string().startsWith("0X")
                    || body.string().startsWith("0o");
            out.append(body, 0, prefix ? 2 : 0).append("0".repeat(missing));
            body = body.sub(prefix ? 2 : 0);
        }
        out.append(body);
        if (left) {
            out.append(" ".repeat(missing));
        }
    }

    private static Str character(Object value) {
        if (value instanceof Str str && str.points() == 1) {
            return str;
        }
        if (Numbers.isWhole(value)) {
            int point = Numbers.toInt(value, "a character");
            if (Character.isValidCodePoint(point)) {
                return Str.of(Character.toString(point));
            }
        }
        throw Failure.type("'%c' needs one character");
    }

    private static BigInteger whole(char type, Object value) {
        if (Numbers.isWhole(value)) {
            return Numbers.big(value);
        }
        boolean decimal = "diu".indexOf(type) >= 0;
        if (decimal && value instanceof Double real && !real.isNaN() && !real.isInfinite()) {
            return new BigDecimal(real).toBigInteger();
        }
        if (value instanceof Undef) {
            throw Failure.type("'%" + type + "' is given an undefined value");
        }
        throw Failure.type("'%" + type + "' needs a number and is given " + Types.name(value));
    }

    private static double real(Object value) {
        if (value instanceof Undef undef) {
            throw undef.failure();
        }
        if (!Numbers.isNumber(value)) {
            throw Failure.type("a format needs a number and is given " + Types.name(value));
        }
        return Numbers.real(value);
    }

    private String digits(char type, String flags, int precision, BigInteger number) {
        int radix = type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10;
        String digits = number.toString(radix);
        if (digits.length() < precision) {
            budget.characters(precision);
            digits = "0".repeat(precision - digits.length()) + digits;
        }
        String prefix = radix != 10 && flags.contains("#") ? "0" + type : "";
        return type == 'X' ? prefix + digits.toUpperCase(Locale.ROOT) : prefix + digits;
    }
}
