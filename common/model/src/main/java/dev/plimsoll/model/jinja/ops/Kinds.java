package dev.plimsoll.model.jinja.ops;

import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Chars;
import dev.plimsoll.model.jinja.value.Str;

import java.util.List;
import java.util.function.IntPredicate;

/** The methods of strings that ask what kind of characters they have. */
public final class Kinds {

    static final List<String> NAMES = List.of(
            "isalnum",
            "isalpha",
            "isascii",
            "isdecimal",
            "isdigit",
            "isidentifier",
            "islower",
            "isnumeric",
            "isprintable",
            "isspace",
            "istitle",
            "isupper");

    private Kinds() {}

    public static boolean is(Str self, String kind, Budget budget) {
        budget.steps(1 + self.length() / 8);
        return switch (kind) {
            case "isalnum" -> all(self, point -> Chars.alpha(point) || Chars.numeric(point));
            case "isalpha" -> all(self, Chars::alpha);
            case "isascii" -> self.isEmpty() || all(self, point -> point < 0x80);
            case "isdecimal" -> all(self, Chars::decimal);
            case "isdigit" -> all(self, Chars::digit);
            case "isidentifier" -> identifier(self);
            case "islower" -> cased(self, Character::isLowerCase);
            case "isnumeric" -> all(self, Chars::numeric);
            case "isprintable" -> self.isEmpty() || all(self, Chars::printable);
            case "isspace" -> all(self, Chars::space);
            case "istitle" -> title(self);
            default -> cased(self, Character::isUpperCase);
        };
    }

    private static boolean all(Str self, IntPredicate kind) {
        return !self.isEmpty() && self.string().codePoints().allMatch(kind);
    }

    private static boolean cased(Str self, IntPredicate kind) {
        return self.string().codePoints().anyMatch(Cases::cased)
                && self.string().codePoints().filter(Cases::cased).allMatch(kind);
    }

    private static boolean identifier(Str self) {
        if (self.isEmpty()) {
            return false;
        }
        int first = self.string().codePointAt(0);
        return (first == '_' || Character.isUnicodeIdentifierStart(first))
                && all(
                        self,
                        point -> Character.isUnicodeIdentifierPart(point)
                                && !Character.isIdentifierIgnorable(point));
    }

    private static boolean title(Str self) {
        boolean after = false;
        boolean any = false;
        int[] points = self.string().codePoints().toArray();
        for (int point : points) {
            boolean upper = Character.isUpperCase(point) || Character.isTitleCase(point);
            boolean lower = Character.isLowerCase(point);
            if (upper && after || lower && !after) {
                return false;
            }
            any |= upper || lower;
            after = upper || lower;
        }
        return any;
    }
}
