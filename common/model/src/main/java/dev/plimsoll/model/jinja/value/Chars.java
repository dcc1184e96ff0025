package dev.plimsoll.model.jinja.value;

/** Kinds of characters as Python knows them. */
public final class Chars {

    private Chars() {}

    /** What {@code strip} and {@code split} take for white space. */
    public static boolean space(int point) {
        return point >= 0x09 && point <= 0x0d
                || point >= 0x1c && point <= 0x20
                || point == 0x85
                || point == 0xa0
                || point > 0xff && (Character.isSpaceChar(point));
    }

    /** Where {@code splitlines} ends a line. */
    public static boolean lineEnd(int point) {
        return point >= 0x0a && point <= 0x0d
                || point >= 0x1c && point <= 0x1e
                || point == 0x85
                || point == 0x2028
                || point == 0x2029;
    }

    public static boolean printable(int point) {
        if (point == ' ') {
            return true;
        }
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }

    public static boolean decimal(int point) {
        return Character.getType(point) == Character.DECIMAL_DIGIT_NUMBER;
    }

    /** What {@code isdigit} takes: decimals, and superscripts and the like. */
    public static boolean digit(int point) {
        return decimal(point)
                || point == 0xb2
                || point == 0xb3
                || point == 0xb9
                || point == 0x2070
                || point >= 0x2074 && point <= 0x2079
                || point >= 0x2080 && point <= 0x2089
                || point >= 0x2460 && point <= 0x2468
                || point >= 0x2474 && point <= 0x247c
                || point >= 0x2488 && point <= 0x2490
                || point == 0x24ea
                || point >= 0x24f5 && point <= 0x24fd
                || point == 0x24ff
                || point >= 0x2776 && point <= 0x277e
                || point >= 0x2780 && point <= 0x2788
                || point >= 0x278a && point <= 0x2792;
    }

    public static boolean numeric(int point) {
        int type = Character.getType(point);
        return type == Character.DECIMAL_DIGIT_NUMBER
                || type == Character.LETTER_NUMBER
                || type == Character.OTHER_NUMBER;
    }

    /** A letter, in Python's sense: not the letter numbers. */
    public static boolean alpha(int point) {
        return Character.isLetter(point);
    }

    /** What a regular expression's word character is. */
    public static boolean word(int point) {
        return point == '_' || alpha(point) || numeric(point);
    }
}
