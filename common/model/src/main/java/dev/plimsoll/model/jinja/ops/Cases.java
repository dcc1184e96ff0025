package dev.plimsoll.model.jinja.ops;

import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Chars;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.StrBuilder;

import java.util.Locale;

/** Upper and lower case. */
public final class Cases {

    private Cases() {}

    public static Str upper(Str self, Budget budget) {
        budget.characters(self.length());
        String upper = self.string().toUpperCase(Locale.ROOT);
        return upper.length() == self.length()
                ? self.sameLength(upper)
                : byPoint(self, budget, (point, at) -> upper(point));
    }

    public static Str lower(Str self, Budget budget) {
        budget.characters(self.length());
        String lower = self.string().toLowerCase(Locale.ROOT);
        return lower.length() == self.length()
                ? self.sameLength(lower)
                : byPoint(self, budget, (point, at) -> lower(point));
    }

    static Str fold(Str self, Budget budget) {
        if (self.string().chars().anyMatch(c -> c > 0x7f)) {
            throw Failure.unsupported("the method 'casefold' of a string beyond ASCII");
        }
        return lower(self, budget);
    }

    static Str swap(Str self, Budget budget) {
        return byPoint(
                self,
                budget,
                (point, at) -> Character.isUpperCase(point) ? lower(point) : upper(point));
    }

    public static Str capitalize(Str self, Budget budget) {
        if (self.isEmpty()) {
            return self;
        }
        int first = self.string().codePointAt(0);
        int from = Character.charCount(first);
        return new StrBuilder(budget)
                .append(titleCase(first), self.originAt(0))
                .append(lower(self.sub(from), budget))
                .build();
    }

    /** What follows a letter is lower, each other letter is upper. */
    static Str title(Str self, Budget budget) {
        String text = self.string();
        return byPoint(
                self,
                budget,
                (point, at) -> at > 0 && cased(text.codePointBefore(at))
                        ? lower(point)
                        : titleCase(point));
    }

    /** Jinja's filter: what begins a word is upper, all else lower. */
    public static Str titleWords(Str self, Budget budget) {
        String text = self.string();
        return byPoint(
                self,
                budget,
                (point, at) -> at == 0 || separates(point) != separates(text.codePointBefore(at))
                        ? upper(point)
                        : lower(point));
    }

    private static boolean separates(int point) {
        return Chars.space(point) || "-({[<".indexOf(point) >= 0;
    }

    static boolean cased(int point) {
        return Character.isUpperCase(point)
                || Character.isLowerCase(point)
                || Character.isTitleCase(point);
    }

    private static String upper(int point) {
        return Character.toString(point).toUpperCase(Locale.ROOT);
    }

    private static String lower(int point) {
        return Character.toString(point).toLowerCase(Locale.ROOT);
    }

    private static String titleCase(int point) {
        int title = Character.toTitleCase(point);
        if (title != point) {
            return Character.toString(title);
        }
        String upper = upper(point);
        return upper.length() == 1 || upper.codePointCount(0, upper.length()) == 1
                ? upper
                : upper.charAt(0) + upper.substring(1).toLowerCase(Locale.ROOT);
    }

    private interface Change {
        String of(int point, int at);
    }

    private static Str byPoint(Str self, Budget budget, Change change) {
        StrBuilder out = new StrBuilder(budget);
        String text = self.string();
        for (int at = 0; at < text.length(); ) {
            int point = text.codePointAt(at);
            out.append(change.of(point, at), self.originAt(at));
            at += Character.charCount(point);
        }
        return out.build();
    }
}
