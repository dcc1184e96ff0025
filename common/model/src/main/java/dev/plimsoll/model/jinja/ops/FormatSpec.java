package dev.plimsoll.model.jinja.ops;

import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Numbers;
import dev.plimsoll.model.jinja.value.Repr;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.StrBuilder;
import dev.plimsoll.model.jinja.value.Types;

import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What stands after the colon in a field of {@code str.format}. */
final class FormatSpec {

    private static final Pattern SPEC = Pattern.compile(
            "(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?([0-9]+)?([,_])?(?:\\.([0-9]+))?(.)?",
            Pattern.DOTALL);

    private final String fill;
    private final String align;
    private final String sign;
    private final boolean alternate;
    private final boolean zero;
    private final int width;
    private final String grouping;
    private final int precision;
    private final char type;

    private FormatSpec(Matcher spec) {
        this.zero = spec.group(6) != null;
        this.fill =
                spec.group(1) != null ? spec.group(1) : zero && spec.group(2) == null ? "0" : " ";
        this.align = spec.group(2) != null ? spec.group(2) : "";
        this.sign = spec.group(3) == null ? "" : spec.group(3);
        this.alternate = spec.group(5) != null;
        this.width = number(spec.group(7), 0);
        this.grouping = spec.group(8) == null ? "" : spec.group(8);
        this.precision = number(spec.group(9), -1);
        this.type = spec.group(10) == null ? 0 : spec.group(10).charAt(0);
    }

    private static int number(String digits, int otherwise) {
        return digits == null
                ? otherwise
                : digits.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(digits);
    }

    static Str format(Object value, String spec, Budget budget) {
        if (spec.isEmpty()) {
            return Repr.str(value, budget);
        }
        if (!(value instanceof Str) && !Numbers.isNumber(value)) {
            throw Failure.type(Types.name(value) + " takes no format '" + spec + "'");
        }
        Matcher matcher = SPEC.matcher(spec);
        if (!matcher.matches()) {
            throw Failure.type("the format '" + spec + "' is not valid");
        }
        if (matcher.group(4) != null) {
            throw Failure.unsupported("'z' in the format '" + spec + "'");
        }
        FormatSpec read = new FormatSpec(matcher);
        return value instanceof Str str ? read.text(str, budget) : read.number(value, spec, budget);
    }

    private Str text(Str value, Budget budget) {
        if (type != 0 && type != 's'
                || !sign.isEmpty()
                || alternate
                || align.equals("=")
                || !grouping.isEmpty()) {
            throw Failure.type("a string takes no such format");
        }
        Str body = precision >= 0 && precision < value.points()
                ? value.sub(0, value.at(precision))
                : value;
        int missing = Math.max(0, width - body.points());
        budget.characters(missing);
        return spread(body, missing, align.isEmpty() ? "<" : align, budget);
    }

    private Str spread(Str body, int missing, String to, Budget budget) {
        int left = to.equals(">") ? missing : to.equals("^") ? missing / 2 : 0;
        return new StrBuilder(budget)
                .append(fill.repeat(left))
                .append(body)
                .append(fill.repeat(missing - left))
                .build();
    }

    private Str number(Object value, String spec, Budget budget) {
        boolean whole = Numbers.isWhole(value) && "eEfFgG%".indexOf(type) < 0;
        if ((whole ? "\0bcdoxXn" : "\0eEfFgGn%").indexOf(type) < 0 || whole && precision >= 0) {
            throw Failure.type("the format '" + spec + "' does not fit " + Types.name(value));
        }
        if (type == 'n' || type == 'c') {
            throw Failure.unsupported("'" + type + "' in the format '" + spec + "'");
        }
        boolean negative = whole
                ? Numbers.big(value).signum() < 0
                : Double.compare(Numbers.real(value), 0.0) < 0
                        && !Double.isNaN(Numbers.real(value));
        String digits = whole ? whole(Numbers.big(value).abs()) : real(Numbers.real(value));
        String before = negative ? "-" : sign.equals("-") ? "" : sign;
        if (whole && alternate && "boxX".indexOf(type) >= 0 && type != 0) {
            before += "0" + type;
        }
        String to = align.isEmpty() ? zero ? "=" : ">" : align;
        budget.characters(width);
        if (to.equals("=")) {
            String grouped = grouped(digits, fill.equals("0") ? width - before.length() : 0);
            int missing = Math.max(0, width - before.length() - grouped.length());
            return Str.of(before + fill.repeat(missing) + grouped);
        }
        Str body = Str.of(before + grouped(digits, 0));
        return spread(body, Math.max(0, width - body.points()), to, budget);
    }

    private String whole(BigInteger number) {
        return switch (type) {
            case 'b' -> number.toString(2);
            case 'o' -> number.toString(8);
            case 'x' -> number.toString(16);
            case 'X' -> number.toString(16).toUpperCase(Locale.ROOT);
            default -> number.toString();
        };
    }

    private String real(double number) {
        if (type == '%') {
            return Reals.digits(number * 100, 'f', precision < 0 ? 6 : precision, alternate) + "%";
        }
        if (type == 0) {
            return Reals.digits(number, precision < 0 ? 'r' : 'n', precision, alternate)
                    .replaceFirst("^-", "");
        }
        return Reals.digits(number, type, precision < 0 ? 6 : precision, alternate);
    }

    /** @param least as many characters as zeros fill */
    private String grouped(String digits, int least) {
        if (grouping.isEmpty()) {
            return digits;
        }
        int end = 0;
        while (end < digits.length()
                && Character.digit(digits.charAt(end), 16) >= 0
                && (type == 'x' || type == 'X' || Character.isDigit(digits.charAt(end)))) {
            end++;
        }
        int size = type == 'b' || type == 'o' || type == 'x' || type == 'X' ? 4 : 3;
        StringBuilder whole = new StringBuilder(digits.substring(0, end));
        String rest = digits.substring(end);
        int wanted = least - rest.length();
        while (whole.length() + (whole.length() - 1) / size < wanted) {
            whole.insert(0, '0');
        }
        for (int i = whole.length() - size; i > 0; i -= size) {
            whole.insert(i, grouping);
        }
        return whole + rest;
    }
}
