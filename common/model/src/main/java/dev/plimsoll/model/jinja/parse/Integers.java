package dev.plimsoll.model.jinja.parse;

import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Numbers;

import java.math.BigInteger;
import java.util.Locale;

/** Whole numbers as templates write them. */
final class Integers {

    private static final int MAX_DIGITS = 4300;

    private Integers() {}

    static Object literal(String text, int line) {
        String digits = text.replace("_", "").toLowerCase(Locale.ROOT);
        if (digits.length() > MAX_DIGITS) {
            throw new Failure(
                    Failure.Kind.SYNTAX, line, "a number has more than " + MAX_DIGITS + " digits");
        }
        int radix = digits.startsWith("0x")
                ? 16
                : digits.startsWith("0o") ? 8 : digits.startsWith("0b") ? 2 : 10;
        return Numbers.small(new BigInteger(radix == 10 ? digits : digits.substring(2), radix));
    }
}
