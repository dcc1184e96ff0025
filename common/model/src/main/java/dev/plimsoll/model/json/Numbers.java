package dev.plimsoll.model.json;

import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** JSON's numbers. */
final class Numbers {

    private static final int MAX_CHARACTERS = 1_000;

    /** Possessive, so that a long number that is none is not tried again and again. */
    private static final Pattern NUMBER =
            Pattern.compile("-?+(?:0|[1-9][0-9]*+)(\\.[0-9]++)?+([eE][+-]?+[0-9]++)?+");

    private Numbers() {}

    /** A Long, a BigInteger or a Double; or, as a String, why it is no number. */
    static Object of(String text) {
        if (text.length() > MAX_CHARACTERS) {
            return "a number of " + text.length() + " characters; " + MAX_CHARACTERS
                    + " are the most";
        }
        Matcher matcher = NUMBER.matcher(text);
        if (!matcher.matches()) {
            return "'" + Shown.text(text, 40) + "' is no number of JSON";
        }
        if (matcher.group(1) != null || matcher.group(2) != null) {
            return Double.parseDouble(text);
        }
        BigInteger whole = new BigInteger(text);
        return whole.bitLength() < Long.SIZE ? (Object) whole.longValueExact() : whole;
    }
}
