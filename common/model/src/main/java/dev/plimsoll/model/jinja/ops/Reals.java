package dev.plimsoll.model.jinja.ops;

import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Repr;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Digits of a number of no sign, as C's printf writes them. */
final class Reals {

    private static final int MAX_PRECISION = 10_000;

    private Reals() {}

    /**
     * @param type one of e, f, g and their capitals, or 'r' for the shortest
     * @param alternate keeps the point and the zeros of {@code g}
     */
    static String digits(double number, char type, int precision, boolean alternate) {
        if (precision > MAX_PRECISION) {
            throw Failure.limit("a precision of more than " + MAX_PRECISION + " digits");
        }
        boolean capital = Character.isUpperCase(type);
        String digits = Double.isNaN(number)
                ? "nan"
                : Double.isInfinite(number)
                        ? "inf"
                        : finite(
                                Math.abs(number),
                                Character.toLowerCase(type),
                                precision,
                                alternate);
        return capital ? digits.toUpperCase(Locale.ROOT) : digits;
    }

    private static String finite(double number, char type, int precision, boolean alternate) {
        return switch (type) {
            case 'f' -> {
                String plain = new BigDecimal(number)
                        .setScale(precision, RoundingMode.HALF_EVEN)
                        .toPlainString();
                yield alternate && precision == 0 ? plain + "." : plain;
            }
            case 'e' -> exponent(number, precision, alternate);
            case 'g' -> general(number, Math.max(1, precision), alternate, false);
            case 'r' -> Repr.real(number);
            default -> general(number, Math.max(1, precision), alternate, true);
        };
    }

    private static String exponent(double number, int precision, boolean alternate) {
        BigDecimal rounded = number == 0
                ? BigDecimal.ZERO
                : new BigDecimal(number)
                        .round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
        String digits = rounded.unscaledValue().toString();
        int exponent = number == 0 ? 0 : digits.length() - 1 - rounded.scale();
        StringBuilder all = new StringBuilder(digits);
        while (all.length() < precision + 1) {
            all.append('0');
        }
        all.setLength(precision + 1);
        if (precision > 0 || alternate) {
            all.insert(1, '.');
        }
        int size = Math.abs(exponent);
        return all.append(exponent < 0 ? "e-" : "e+")
                .append(size < 10 ? "0" : "")
                .append(size)
                .toString();
    }

    /** @param point whether at least one digit follows the point, as without a type */
    private static String general(double number, int precision, boolean alternate, boolean point) {
        String scientific = exponent(number, precision - 1, false);
        int at = scientific.indexOf('e');
        int exponent = Integer.parseInt(scientific.substring(at + 1).replace("+", ""));
        if (exponent < -4
                || exponent >= (point ? precision - 1 : precision)
                        && !(point && exponent < precision - 1)) {
            String mantissa = scientific.substring(0, at);
            return (alternate ? mantissa : trimmed(mantissa)) + scientific.substring(at);
        }
        String plain = new BigDecimal(number)
                .setScale(precision - 1 - exponent, RoundingMode.HALF_EVEN)
                .toPlainString();
        plain = alternate ? plain : trimmed(plain);
        return point && plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }

    private static String trimmed(String digits) {
        if (digits.indexOf('.') < 0) {
            return digits;
        }
        int end = digits.length();
        while (digits.charAt(end - 1) == '0') {
            end--;
        }
        return digits.substring(0, digits.charAt(end - 1) == '.' ? end - 1 : end);
    }
}
