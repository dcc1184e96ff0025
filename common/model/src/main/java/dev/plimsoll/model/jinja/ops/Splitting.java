package dev.plimsoll.model.jinja.ops;

import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Chars;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Numbers;
import dev.plimsoll.model.jinja.value.Seq;
import dev.plimsoll.model.jinja.value.Str;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntPredicate;

/** Strips and splits strings. */
public final class Splitting {

    private Splitting() {}

    /** @param chars a string, or null or missing for white space */
    public static Str strip(Str self, Object chars, boolean left, boolean right) {
        IntPredicate stripped;
        if (chars == null || chars == Missing.MISSING) {
            stripped = Chars::space;
        } else {
            String set = StrMethods.text(chars, "strip").string();
            stripped = point -> set.indexOf(point) >= 0;
        }
        String text = self.string();
        int from = 0;
        int to = text.length();
        while (left && from < to && stripped.test(text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (right && to > from && stripped.test(text.codePointBefore(to))) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return self.sub(from, to);
    }

    private static int most(Object maxsplit) {
        int most = maxsplit == Missing.MISSING ? -1 : Numbers.toInt(maxsplit, "'maxsplit'");
        return most < 0 ? Integer.MAX_VALUE : most;
    }

    static Object split(Str self, Object separator, Object maxsplit, Budget budget) {
        int most = most(maxsplit);
        budget.characters(self.length());
        if (separator == null || separator == Missing.MISSING) {
            return Seq.list(bySpace(self, most, budget));
        }
        Str by = separator(separator);
        List<Object> parts = new ArrayList<>();
        int from = 0;
        int at = self.string().indexOf(by.string());
        while (at >= 0 && parts.size() < most) {
            budget.step();
            parts.add(self.sub(from, at));
            from = at + by.length();
            at = self.string().indexOf(by.string(), from);
        }
        parts.add(self.sub(from));
        return Seq.list(parts);
    }

    private static Str separator(Object separator) {
        Str by = StrMethods.text(separator, "split");
        if (by.isEmpty()) {
            throw Failure.type("'split' is given an empty separator");
        }
        return by;
    }

    private static List<Object> bySpace(Str self, int most, Budget budget) {
        String text = self.string();
        List<Object> parts = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < text.length() && Chars.space(text.charAt(at))) {
                at++;
            }
            if (at == text.length()) {
                return parts;
            }
            budget.step();
            if (parts.size() >= most) {
                parts.add(self.sub(at));
                return parts;
            }
            int from = at;
            while (at < text.length() && !Chars.space(text.charAt(at))) {
                at++;
            }
            parts.add(self.sub(from, at));
        }
    }

    static Object splitFromEnd(Str self, Object separator, Object maxsplit, Budget budget) {
        int most = most(maxsplit);
        budget.characters(self.length());
        String text = self.string();
        List<Object> parts = new ArrayList<>();
        int to = text.length();
        if (separator == null || separator == Missing.MISSING) {
            bySpaceFromEnd(self, most, parts, budget);
            Collections.reverse(parts);
            return Seq.list(parts);
        }
        Str by = separator(separator);
        int at = text.lastIndexOf(by.string());
        while (at >= 0 && parts.size() < most) {
            budget.step();
            parts.add(self.sub(at + by.length(), to));
            to = at;
            at = to - by.length() < 0 ? -1 : text.lastIndexOf(by.string(), to - by.length());
        }
        parts.add(self.sub(0, to));
        Collections.reverse(parts);
        return Seq.list(parts);
    }

    private static void bySpaceFromEnd(Str self, int most, List<Object> parts, Budget budget) {
        String text = self.string();
        int to = text.length();
        while (true) {
            while (to > 0 && Chars.space(text.charAt(to - 1))) {
                to--;
            }
            if (to == 0) {
                return;
            }
            budget.step();
            if (parts.size() >= most) {
                parts.add(self.sub(0, to));
                return;
            }
            int from = to;
            while (from > 0 && !Chars.space(text.charAt(from - 1))) {
                from--;
            }
            parts.add(self.sub(from, to));
            to = from;
        }
    }

    /** @param keep whether line ends stay */
    public static List<Object> lines(Str self, boolean keep, Budget budget) {
        String text = self.string();
        budget.characters(text.length());
        List<Object> lines = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int from = at;
            while (at < text.length() && !Chars.lineEnd(text.charAt(at))) {
                at++;
            }
            int end = at;
            if (at < text.length()) {
                at += text.startsWith("\r\n", at) ? 2 : 1;
            }
            budget.step();
            lines.add(self.sub(from, keep ? at : end));
        }
        return lines;
    }

    static Object partition(Str self, Str by, boolean first) {
        if (by.isEmpty()) {
            throw Failure.type("'partition' is given an empty separator");
        }
        int at =
                first ? self.string().indexOf(by.string()) : self.string().lastIndexOf(by.string());
        if (at < 0) {
            return first
                    ? Seq.tuple(self, Str.EMPTY, Str.EMPTY)
                    : Seq.tuple(Str.EMPTY, Str.EMPTY, self);
        }
        int after = at + by.length();
        return Seq.tuple(self.sub(0, at), self.sub(at, after), self.sub(after));
    }
}
