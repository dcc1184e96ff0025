package dev.plimsoll.model.jinja.builtin;

import static dev.plimsoll.model.jinja.builtin.Filters.add;

import dev.plimsoll.model.jinja.builtin.Filters.Filter;
import dev.plimsoll.model.jinja.ops.Operators;
import dev.plimsoll.model.jinja.ops.Splitting;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Numbers;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.Types;
import dev.plimsoll.model.jinja.value.Undef;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;

/** Filters that make numbers. */
final class NumberFilters {

    private static final int MAX_DIGITS = 4300;

    private NumberFilters() {}

    static void addTo(Map<String, Filter> all) {
        add(all, "int", "value default? base?", NumberFilters::whole);
        add(all, "float", "value default?", (env, a) -> {
            Double real = real(a[0]);
            return real == null ? Given.or(a[1], 0.0) : real;
        });
        add(all, "abs", "x", (env, a) -> {
            if (!Numbers.isNumber(a[0])) {
                throw Failure.type("'abs' needs a number and is given " + Types.name(a[0]));
            }
            return a[0] instanceof Double number
                    ? Math.abs(number)
                    : Numbers.small(Numbers.big(a[0]).abs());
        });
        add(all, "round", "value precision? method?", NumberFilters::round);
    }

    private static Object whole(Env env, Object[] a) {
        Object otherwise = Given.or(a[1], 0L);
        if (a[0] instanceof Str str) {
            BigInteger read = parse(str, Given.number(a[2], 10, "a base"));
            if (read != null) {
                return Numbers.small(read);
            }
        } else if (Numbers.isWhole(a[0])) {
            return Numbers.small(Numbers.big(a[0]));
        } else if (a[0] instanceof Double number && Double.isInfinite(number)) {
            throw Failure.type("infinity is no whole number");
        }
        Double real = real(a[0]);
        return real == null || real.isNaN() || real.isInfinite()
                ? otherwise
                : Numbers.small(new BigDecimal(real).toBigInteger());
    }

    /** Python's {@code int} of a string, or null. */
    private static BigInteger parse(Str str, int base) {
        String text = Splitting.strip(str, null, true, true).string().toLowerCase(Locale.ROOT);
        boolean negative = text.startsWith("-");
        String digits = negative || text.startsWith("+") ? text.substring(1) : text;
        int radix = base;
        String prefix =
                digits.length() > 1 && digits.charAt(0) == '0' ? digits.substring(0, 2) : "";
        int prefixed = switch (prefix) {
            case "0x" -> 16;
            case "0o" -> 8;
            case "0b" -> 2;
            default -> 0;
        };
        if (prefixed != 0 && (base == prefixed || base == 0)) {
            radix = prefixed;
            digits = digits.substring(2);
            digits = digits.startsWith("_") ? digits.substring(1) : digits;
        } else if (base == 0) {
            radix = 10;
            if (digits.startsWith("0") && digits.chars().anyMatch(c -> c != '0' && c != '_')) {
                return null;
            }
        }
        if (radix < 2
                || radix > 36
                || digits.startsWith("_")
                || digits.endsWith("_")
                || digits.contains("__")) {
            return null;
        }
        digits = digits.replace("_", "");
        int by = radix;
        if (digits.isEmpty()
                || digits.length() > MAX_DIGITS
                || !digits.chars().allMatch(c -> Character.digit(c, by) >= 0)) {
            return null;
        }
        BigInteger read = new BigInteger(digits, radix);
        return negative ? read.negate() : read;
    }

    /** Python's {@code float}, or null where it is none. */
    private static Double real(Object value) {
        if (value instanceof Undef undef) {
            throw undef.failure();
        }
        if (Numbers.isNumber(value)) {
            return Numbers.real(value);
        }
        if (!(value instanceof Str str)) {
            return null;
        }
        String text = Splitting.strip(str, null, true, true).string().toLowerCase(Locale.ROOT);
        String unsigned = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
        double sign = text.startsWith("-") ? -1 : 1;
        if (unsigned.equals("inf") || unsigned.equals("infinity")) {
            return sign * Double.POSITIVE_INFINITY;
        }
        if (unsigned.equals("nan")) {
            return Double.NaN;
        }
        String part = "[0-9]++(?:_[0-9]++)*+";
        if (!unsigned.matches("(?:" + part + "(?:\\.(?:" + part + ")?)?|\\." + part + ")(?:e[-+]?"
                + part + ")?")) {
            return null;
        }
        return sign * Double.parseDouble(unsigned.replace("_", ""));
    }

    private static Object round(Env env, Object[] a) {
        String method =
                a[2] == Missing.MISSING ? "common" : a[2] instanceof Str s ? s.string() : "";
        if (!method.equals("common") && !method.equals("ceil") && !method.equals("floor")) {
            throw Failure.type("'round' knows the methods common, ceil and floor");
        }
        if (!Numbers.isNumber(a[0])) {
            throw a[0] instanceof Undef
                    ? Failure.type("'round' is given an undefined value")
                    : Failure.type("'round' needs a number and is given " + Types.name(a[0]));
        }
        if (method.equals("common")) {
            int precision = a[1] == null ? 0 : Given.number(a[1], 0, "a precision");
            if (Numbers.isWhole(a[0])) {
                return precision >= 0 || precision < -MAX_DIGITS
                        ? Numbers.small(precision >= 0 ? Numbers.big(a[0]) : BigInteger.ZERO)
                        : Numbers.small(new BigDecimal(Numbers.big(a[0]))
                                .setScale(precision, RoundingMode.HALF_EVEN)
                                .toBigInteger());
            }
            double number = (Double) a[0];
            if (a[1] == null) {
                return Numbers.small(new BigDecimal(Math.rint(number)).toBigInteger());
            }
            if (Double.isNaN(number) || Double.isInfinite(number) || precision > 400) {
                return number;
            }
            if (precision < -400) {
                return 0.0 * number;
            }
            double rounded = new BigDecimal(number)
                    .setScale(precision, RoundingMode.HALF_EVEN)
                    .doubleValue();
            return Math.copySign(rounded, number);
        }
        Object scale = Operators.binary("**", 10L, Given.or(a[1], 0L), env.budget());
        Object scaled = Operators.binary("*", a[0], scale, env.budget());
        if (scaled instanceof Double number) {
            if (number.isNaN() || number.isInfinite()) {
                throw Failure.type("'round' is given no finite number");
            }
            double edge = method.equals("ceil") ? Math.ceil(number) : Math.floor(number);
            scaled = Numbers.small(new BigDecimal(edge).toBigInteger());
        }
        return Operators.binary("/", scaled, scale, env.budget());
    }
}
