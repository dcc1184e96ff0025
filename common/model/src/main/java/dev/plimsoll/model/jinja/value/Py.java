package dev.plimsoll.model.jinja.value;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Truth, equality, order, length, membership and iteration as Python has them. */
public final class Py {

    /** In operations, of taking one item from whatever is iterated. */
    private static final int ITEM_COST = 4;

    private Py() {}

    public static boolean truth(Object value) {
        return switch (value) {
            case null -> false;
            case Boolean flag -> flag;
            case Str str -> !str.isEmpty();
            case Long number -> number != 0;
            case Double number -> number != 0;
            case BigInteger number -> true;
            case Seq seq -> !seq.items().isEmpty();
            case Dict dict -> dict.size() > 0;
            case DictView view -> view.dict().size() > 0;
            case Range range -> range.size() > 0;
            case Undef undef -> false;
            default -> !(value instanceof Sized sized) || sized.size() > 0;
        };
    }

    /** A value of the interpreter that has a length. */
    public interface Sized {
        int size();
    }

    /** A value of the interpreter over which a template can iterate. */
    public interface Iterates {
        Iterator<Object> iterator();
    }

    public static boolean same(Object a, Object b) {
        if (a instanceof Long x && b instanceof Long y) {
            return x.equals(y);
        }
        if (a instanceof Str x && b instanceof Str y) {
            return x == y;
        }
        return a == b || a instanceof Boolean && a.equals(b);
    }

    public static boolean equal(Object a, Object b, Budget budget) {
        if (a == b) {
            return !(a instanceof Double number && number.isNaN());
        }
        if (a == null || b == null) {
            return false;
        }
        budget.step();
        if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
            return !Numbers.unordered(a, b) && Numbers.compare(a, b) == 0;
        }
        return switch (a) {
            case Str x -> x.equals(b);
            case Seq x ->
                b instanceof Seq y
                        && x.isTuple() == y.isTuple()
                        && equal(x.items(), y.items(), budget);
            case Dict x -> b instanceof Dict y && equal(x, y, budget);
            case Range x -> b instanceof Range y && equal(x.items(), y.items(), budget);
            case DictView x -> b instanceof DictView y && equal(x, y, budget);
            case Undef x -> b instanceof Undef;
            default -> a.equals(b);
        };
    }

    private static boolean equal(DictView a, DictView b, Budget budget) {
        if (a.part() == DictView.Part.VALUES || b.part() == DictView.Part.VALUES) {
            return false;
        }
        return a.dict().size() == b.dict().size()
                && a.items().stream().allMatch(item -> in(item, b.items(), budget));
    }

    private static boolean in(Object item, List<Object> items, Budget budget) {
        for (Object each : items) {
            if (each == item || equal(each, item, budget)) {
                return true;
            }
        }
        return false;
    }

    private static boolean equal(List<Object> a, List<Object> b, Budget budget) {
        if (a.size() != b.size()) {
            return false;
        }
        budget.enter();
        boolean all = true;
        for (int i = 0; i < a.size() && all; i++) {
            all = a.get(i) == b.get(i) || equal(a.get(i), b.get(i), budget);
        }
        budget.leave();
        return all;
    }

    private static boolean equal(Dict a, Dict b, Budget budget) {
        if (a.size() != b.size()) {
            return false;
        }
        budget.enter();
        boolean all = true;
        for (Dict.Entry entry : a.entries()) {
            Object other = b.get(entry.key());
            all = all
                    && other != Missing.MISSING
                    && (other == entry.value() || equal(entry.value(), other, budget));
        }
        budget.leave();
        return all;
    }

    /**
     * Whether {@code a} stands before {@code b} by {@code <}, {@code <=}, {@code >}, {@code >=}.
     */
    public static boolean ordered(Object a, String operator, Object b, Budget budget) {
        budget.step();
        if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
            return !Numbers.unordered(a, b) && holds(Numbers.compare(a, b), operator);
        }
        if (a instanceof Str x && b instanceof Str y) {
            return holds(byPoint(x.string(), y.string()), operator);
        }
        if (a instanceof Seq x && b instanceof Seq y && x.isTuple() == y.isTuple()) {
            return ordered(x.items(), operator, y.items(), budget);
        }
        if (a instanceof Undef x) {
            throw x.failure();
        }
        if (b instanceof Undef y) {
            throw y.failure();
        }
        throw Failure.type(
                "'" + operator + "' does not compare " + Types.name(a) + " with " + Types.name(b));
    }

    private static boolean ordered(List<Object> a, String operator, List<Object> b, Budget budget) {
        budget.enter();
        int common = Math.min(a.size(), b.size());
        int i = 0;
        while (i < common && (a.get(i) == b.get(i) || equal(a.get(i), b.get(i), budget))) {
            i++;
        }
        boolean result = i < common
                ? ordered(a.get(i), operator, b.get(i), budget)
                : holds(Integer.compare(a.size(), b.size()), operator);
        budget.leave();
        return result;
    }

    private static boolean holds(int order, String operator) {
        return switch (operator) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
    }

    /** Order by code points, which differs from Java's for those beyond 16 bits. */
    public static int byPoint(String a, String b) {
        int common = Math.min(a.length(), b.length());
        for (int i = 0; i < common; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean surrogates = Character.isSurrogate(x) != Character.isSurrogate(y);
                return surrogates ? (Character.isSurrogate(x) ? 1 : -1) : Character.compare(x, y);
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    public static boolean contains(Object container, Object item, Budget budget) {
        switch (container) {
            case Str str -> {
                if (item instanceof Str part) {
                    budget.steps(1 + str.length() / 64);
                    return str.string().contains(part.string());
                }
                throw Failure.type(
                        "'in' looks for a string in a string and is given " + Types.name(item));
            }
            case Dict dict -> {
                return dict.has(item);
            }
            case DictView view
            when view.part() == DictView.Part.KEYS -> {
                return view.dict().has(item);
            }
            case null, default -> {
                Iterator<Object> all = iterate(container, "'in' looks into", budget);
                while (all.hasNext()) {
                    Object each = all.next();
                    if (each == item || equal(each, item, budget)) {
                        return true;
                    }
                }
                return false;
            }
        }
    }

    /** Python's {@code len}. */
    public static long length(Object value) {
        return switch (value) {
            case Str str -> str.points();
            case Seq seq -> seq.items().size();
            case Dict dict -> dict.size();
            case DictView view -> view.dict().size();
            case Range range -> range.size();
            case Undef undef -> 0;
            case Sized sized -> sized.size();
            case null, default -> throw Failure.type(Types.name(value) + " has no length");
        };
    }

    public static boolean iterable(Object value) {
        return value instanceof Str
                || value instanceof Seq
                || value instanceof Dict
                || value instanceof DictView
                || value instanceof Range
                || value instanceof Undef
                || value instanceof Gen
                || value instanceof Iterates;
    }

    /** @param what the beginning of the error, as "the loop goes over" */
    public static Iterator<Object> iterate(Object value, String what, Budget budget) {
        Iterator<Object> all = switch (value) {
            case Str str -> characters(str);
            case Seq seq -> seq.items().iterator();
            case Dict dict -> dict.entries().stream().map(Dict.Entry::key).iterator();
            case DictView view -> view.items().iterator();
            case Range range -> range.items().iterator();
            case Gen gen -> gen.values();
            case Undef undef -> List.<Object>of().iterator();
            case Iterates iterates -> iterates.iterator();
            case null, default ->
                throw Failure.type(what + " " + Types.name(value) + ", which is not iterable");
        };
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return all.hasNext();
            }

            @Override
            public Object next() {
                budget.steps(ITEM_COST);
                return all.next();
            }
        };
    }

    private static Iterator<Object> characters(Str str) {
        return new Iterator<>() {
            private int at;

            @Override
            public boolean hasNext() {
                return at < str.length();
            }

            @Override
            public Object next() {
                int from = at;
                at += Character.charCount(str.string().codePointAt(at));
                return str.sub(from, at).withMarkup(false);
            }
        };
    }

    public static List<Object> list(Object value, Budget budget) {
        List<Object> all = new ArrayList<>();
        iterate(value, "a list is made of", budget).forEachRemaining(all::add);
        return all;
    }
}
