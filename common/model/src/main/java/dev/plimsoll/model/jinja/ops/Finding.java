package dev.plimsoll.model.jinja.ops;

import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Numbers;
import dev.plimsoll.model.jinja.value.Seq;
import dev.plimsoll.model.jinja.value.Str;

import java.util.List;

/** Looks for strings in strings. Places are counted in code points. */
final class Finding {

    private Finding() {}

    /** Chars from and to; from is -1 where Python's bounds exclude even the empty string. */
    private record Window(int from, int to) {
        static Window of(Str self, Object[] args) {
            int size = self.points();
            int from = bound(args[1], 0, size);
            int to = Math.min(bound(args[2], size, size), size);
            return from > to ? new Window(-1, -1) : new Window(self.at(from), self.at(to));
        }

        private static int bound(Object value, int otherwise, int size) {
            if (value == null || value == Missing.MISSING) {
                return otherwise;
            }
            int at = Numbers.toInt(value, "a bound");
            return at < 0 ? Math.max(0, at + size) : at;
        }
    }

    static Object starts(Str self, Object[] args, boolean atStart) {
        List<Object> affixes = args[0] instanceof Seq seq && seq.isTuple()
                ? seq.items()
                : List.of(StrMethods.text(args[0], atStart ? "startswith" : "endswith"));
        Window window = Window.of(self, args);
        for (Object each : affixes) {
            String affix = StrMethods.text(each, "startswith").string();
            boolean fits = window.from() >= 0 && affix.length() <= window.to() - window.from();
            if (fits
                    && self.string()
                            .startsWith(
                                    affix,
                                    atStart ? window.from() : window.to() - affix.length())) {
                return true;
            }
        }
        return false;
    }

    static long find(Str self, Object[] args, boolean first, Budget budget) {
        String part = StrMethods.text(args[0], "find").string();
        budget.steps(1 + self.length() / 64);
        Window window = Window.of(self, args);
        if (window.from() < 0) {
            return -1;
        }
        int at = first
                ? self.string().indexOf(part, window.from())
                : self.string().lastIndexOf(part, window.to() - part.length());
        boolean inside = at >= window.from() && at + part.length() <= window.to();
        return inside ? self.pointAt(at) : -1;
    }

    static Object count(Str self, Object[] args, Budget budget) {
        String part = StrMethods.text(args[0], "count").string();
        budget.steps(1 + self.length() / 64);
        Window window = Window.of(self, args);
        if (window.from() < 0) {
            return 0L;
        }
        String text = self.string().substring(window.from(), window.to());
        if (part.isEmpty()) {
            return (long) text.codePointCount(0, text.length()) + 1;
        }
        long count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }
}
