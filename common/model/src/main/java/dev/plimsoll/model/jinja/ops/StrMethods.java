package dev.plimsoll.model.jinja.ops;

import dev.plimsoll.model.jinja.value.Args;
import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Numbers;
import dev.plimsoll.model.jinja.value.Py;
import dev.plimsoll.model.jinja.value.Seq;
import dev.plimsoll.model.jinja.value.Signature;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.StrBuilder;
import dev.plimsoll.model.jinja.value.Types;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/** The methods of Python's strings, with origins. */
public final class StrMethods {

    private static final Set<String> UNSUPPORTED = Set.of("encode", "translate", "maketrans");
    private static final Map<String, Method> METHODS = new HashMap<>();

    /** A method before it is bound. */
    interface Method {
        Object call(Str self, Object[] args, Budget budget);
    }

    private record Bound(Signature signature, Method method) implements Method {
        @Override
        public Object call(Str self, Object[] args, Budget budget) {
            return method.call(self, args, budget);
        }
    }

    static {
        add("strip", "chars?", (s, a, b) -> Splitting.strip(s, a[0], true, true));
        add("lstrip", "chars?", (s, a, b) -> Splitting.strip(s, a[0], true, false));
        add("rstrip", "chars?", (s, a, b) -> Splitting.strip(s, a[0], false, true));
        add("split", "sep? maxsplit?", (s, a, b) -> Splitting.split(s, a[0], a[1], b));
        add("rsplit", "sep? maxsplit?", (s, a, b) -> Splitting.splitFromEnd(s, a[0], a[1], b));
        add("splitlines", "keepends?", (s, a, b) -> Seq.list(Splitting.lines(s, flag(a[0]), b)));
        add("partition", "sep", (s, a, b) -> Splitting.partition(s, text(a[0], "partition"), true));
        add(
                "rpartition",
                "sep",
                (s, a, b) -> Splitting.partition(s, text(a[0], "rpartition"), false));
        add("startswith", "prefix start? end?", (s, a, b) -> Finding.starts(s, a, true));
        add("endswith", "suffix start? end?", (s, a, b) -> Finding.starts(s, a, false));
        add("find", "sub start? end?", (s, a, b) -> Finding.find(s, a, true, b));
        add("rfind", "sub start? end?", (s, a, b) -> Finding.find(s, a, false, b));
        add("index", "sub start? end?", (s, a, b) -> found(Finding.find(s, a, true, b)));
        add("rindex", "sub start? end?", (s, a, b) -> found(Finding.find(s, a, false, b)));
        add("count", "sub start? end?", Finding::count);
        add(
                "replace",
                "old new count?",
                (s, a, b) ->
                        replace(s, text(a[0], "replace"), text(a[1], "replace"), count(a[2]), b));
        add("join", "iterable", (s, a, b) -> join(s, a[0], b));
        add("removeprefix", "prefix", (s, a, b) -> {
            Str prefix = text(a[0], "removeprefix");
            return s.string().startsWith(prefix.string()) ? s.sub(prefix.length()) : s;
        });
        add("removesuffix", "suffix", (s, a, b) -> {
            Str suffix = text(a[0], "removesuffix");
            return s.string().endsWith(suffix.string())
                    ? s.sub(0, s.length() - suffix.length())
                    : s;
        });
        add("upper", "", (s, a, b) -> Cases.upper(s, b));
        add("lower", "", (s, a, b) -> Cases.lower(s, b));
        add("casefold", "", (s, a, b) -> Cases.fold(s, b));
        add("title", "", (s, a, b) -> Cases.title(s, b));
        add("capitalize", "", (s, a, b) -> Cases.capitalize(s, b));
        add("swapcase", "", (s, a, b) -> Cases.swap(s, b));
        add("center", "width fill?", (s, a, b) -> Padding.pad(s, a[0], a[1], 0, b));
        add("ljust", "width fill?", (s, a, b) -> Padding.pad(s, a[0], a[1], -1, b));
        add("rjust", "width fill?", (s, a, b) -> Padding.pad(s, a[0], a[1], 1, b));
        add("zfill", "width", (s, a, b) -> Padding.zeros(s, a[0], b));
        add("expandtabs", "tabsize?", (s, a, b) -> Padding.expandTabs(s, a[0], b));
        for (String kind : Kinds.NAMES) {
            add(kind, "", (s, a, b) -> Kinds.is(s, kind, b));
        }
    }

    private StrMethods() {}

    private static void add(String name, String parameters, Method method) {
        METHODS.put(name, new Bound(Signature.of(name, parameters), method));
    }

    /** The method bound to the string, or {@link Missing#MISSING}. */
    static Object of(Str self, String name, Budget budget) {
        if (METHODS.get(name) instanceof Bound bound) {
            return Attributes.method(name, args -> {
                byPlace(name, args);
                Object result = bound.call(self, bound.signature().bind(args), budget);
                return self.markup() && result instanceof Str str ? str.withMarkup(true) : result;
            });
        }
        if (name.equals("format")) {
            return Attributes.method(name, args -> Formatter.format(self, args, budget));
        }
        if (name.equals("format_map")) {
            return Attributes.method(name, args -> {
                Attributes.check(name, args, 1, 1);
                return Formatter.formatMap(self, args.places().get(0), budget);
            });
        }
        if (UNSUPPORTED.contains(name)) {
            throw Failure.unsupported("the method '" + name + "' of a string");
        }
        return Missing.MISSING;
    }

    private static void byPlace(String name, Args args) {
        if (!args.names().isEmpty()
                && !Set.of("split", "rsplit", "splitlines", "expandtabs").contains(name)) {
            throw Failure.type("'" + name + "' takes no arguments by name");
        }
    }

    static Str text(Object value, String method) {
        if (value instanceof Str str) {
            return str;
        }
        throw Failure.type("'" + method + "' needs a string and is given " + Types.name(value));
    }

    private static boolean flag(Object value) {
        return value != Missing.MISSING && Numbers.toInt(value, "'keepends'") != 0;
    }

    private static int count(Object value) {
        return value == Missing.MISSING ? -1 : Numbers.toInt(value, "a count");
    }

    private static Object found(long at) {
        if (at < 0) {
            throw Failure.type("'index' does not find the text");
        }
        return at;
    }

    /** @param count how many at most; all if negative */
    public static Str replace(Str self, Str old, Str given, int count, Budget budget) {
        Str with = self.markup() ? Html.safe(given, budget) : given;
        StrBuilder out = new StrBuilder(budget);
        String text = self.string();
        int done = 0;
        int from = 0;
        if (old.isEmpty()) {
            for (int at = 0; at <= text.length() && (count < 0 || done < count); done++) {
                out.append(self, from, at).append(with);
                from = at;
                at += at < text.length() ? Character.charCount(text.codePointAt(at)) : 1;
            }
            return out.append(self, from, text.length()).build();
        }
        int at = text.indexOf(old.string());
        if (at < 0) {
            budget.steps(1 + text.length() / 64);
            return self;
        }
        while (at >= 0 && (count < 0 || done < count)) {
            out.append(self, from, at).append(with);
            from = at + old.length();
            done++;
            at = text.indexOf(old.string(), from);
        }
        return out.append(self, from, text.length()).build();
    }

    static Str join(Str self, Object parts, Budget budget) {
        StrBuilder out = new StrBuilder(budget);
        Iterator<Object> all = Py.iterate(parts, "'join' goes over", budget);
        boolean first = true;
        while (all.hasNext()) {
            Object part = all.next();
            if (!(part instanceof Str) && !self.markup()) {
                throw Failure.type("'join' puts strings together and finds " + Types.name(part));
            }
            if (!first) {
                out.append(self);
            }
            first = false;
            Str text = dev.plimsoll.model.jinja.value.Repr.str(part, budget);
            out.append(self.markup() ? Html.safe(text, budget) : text);
        }
        return out.build();
    }
}
