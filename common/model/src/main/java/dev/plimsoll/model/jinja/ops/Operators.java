package dev.plimsoll.model.jinja.ops;

import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Numbers;
import dev.plimsoll.model.jinja.value.Py;
import dev.plimsoll.model.jinja.value.Range;
import dev.plimsoll.model.jinja.value.Seq;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.StrBuilder;
import dev.plimsoll.model.jinja.value.Types;
import dev.plimsoll.model.jinja.value.Undef;

import java.util.ArrayList;
import java.util.List;

/** Operators of arithmetic, comparison and slicing. */
public final class Operators {

    private Operators() {}

    public static Object binary(String operator, Object a, Object b, Budget budget) {
        if (operator.equals("%") && a instanceof Str format) {
            return Printf.format(format, b, budget);
        }
        if (a instanceof Undef undef) {
            throw undef.failure();
        }
        if (b instanceof Undef undef) {
            throw undef.failure();
        }
        if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
            return numbers(operator, a, b);
        }
        if (operator.equals("+")) {
            if (a instanceof Str x && b instanceof Str y) {
                return concat(x, y, budget);
            }
            if (a instanceof Seq x && b instanceof Seq y && x.isTuple() == y.isTuple()) {
                budget.elements((long) x.items().size() + y.items().size());
                List<Object> both = new ArrayList<>(x.items());
                both.addAll(y.items());
                return x.with(both);
            }
        }
        if (operator.equals("*")) {
            if (Numbers.isWhole(b) && (a instanceof Str || a instanceof Seq)) {
                return repeat(a, b, budget);
            }
            if (Numbers.isWhole(a) && (b instanceof Str || b instanceof Seq)) {
                return repeat(b, a, budget);
            }
        }
        throw Failure.type(
                "'" + operator + "' does not fit " + Types.name(a) + " and " + Types.name(b));
    }

    private static Object numbers(String operator, Object a, Object b) {
        return switch (operator) {
            case "+" -> Numbers.add(a, b);
            case "-" -> Numbers.subtract(a, b);
            case "*" -> Numbers.multiply(a, b);
            case "/" -> Numbers.divide(a, b);
            case "//" -> Numbers.floorDivide(a, b);
            case "%" -> Numbers.modulo(a, b);
            default -> Numbers.power(a, b);
        };
    }

    /** If one is safe HTML, the other is escaped. */
    public static Str concat(Str a, Str b, Budget budget) {
        boolean markup = a.markup() || b.markup();
        Str first = markup ? Html.safe(a, budget) : a;
        Str second = markup ? Html.safe(b, budget) : b;
        return new StrBuilder(budget).append(first).append(second).build().withMarkup(markup);
    }

    private static Object repeat(Object what, Object count, Budget budget) {
        long times = Math.max(0, Numbers.toInt(count, "the number of repetitions"));
        if (what instanceof Seq seq) {
            budget.elements(times * seq.items().size());
            List<Object> all = new ArrayList<>();
            for (long i = 0; i < times && !seq.items().isEmpty(); i++) {
                all.addAll(seq.items());
            }
            return seq.with(all);
        }
        Str str = (Str) what;
        budget.characters(times * str.length());
        StrBuilder out = new StrBuilder(budget);
        for (long i = 0; i < times && !str.isEmpty(); i++) {
            out.append(str);
        }
        return out.build().withMarkup(str.markup());
    }

    public static Object unary(String operator, Object a, Budget budget) {
        if (operator.equals("not")) {
            return !Py.truth(a);
        }
        if (a instanceof Undef undef) {
            throw undef.failure();
        }
        if (!Numbers.isNumber(a)) {
            throw Failure.type("'" + operator + "' does not fit " + Types.name(a));
        }
        budget.step();
        if (operator.equals("-")) {
            return Numbers.negate(a);
        }
        return a instanceof Double ? a : Numbers.add(0L, a);
    }

    public static boolean compare(String operator, Object a, Object b, Budget budget) {
        return switch (operator) {
            case "==" -> Py.equal(a, b, budget);
            case "!=" -> !Py.equal(a, b, budget);
            case "in" -> Py.contains(b, a, budget);
            case "not in" -> !Py.contains(b, a, budget);
            default -> Py.ordered(a, operator, b, budget);
        };
    }

    /** Python's slices. Bounds are null where they are left out. */
    public static Object slice(Object of, Object start, Object stop, Object step, Budget budget) {
        if (of instanceof Undef undef) {
            throw undef.failure();
        }
        if (!(of instanceof Str || of instanceof Seq || of instanceof Range)) {
            throw Failure.type(Types.name(of) + " cannot be sliced");
        }
        int by = step == null ? 1 : Numbers.toInt(step, "the step of a slice");
        if (by == 0) {
            throw Failure.type("the step of a slice is zero");
        }
        int size = (int) Py.length(of);
        int from = bound(start, by > 0 ? 0 : size - 1, size, by);
        int to = bound(stop, by > 0 ? size : -1, size, by);
        return switch (of) {
            case Str str -> sliceText(str, from, to, by, budget);
            case Range range ->
                new Range(
                        range.start() + from * range.step(),
                        range.start() + to * range.step(),
                        range.step() * by);
            default -> {
                Seq seq = (Seq) of;
                List<Object> taken = new ArrayList<>();
                for (long i = from; by > 0 ? i < to : i > to; i += by) {
                    budget.step();
                    taken.add(seq.items().get((int) i));
                }
                yield seq.with(taken);
            }
        };
    }

    private static int bound(Object given, int otherwise, int size, int step) {
        if (given == null) {
            return otherwise;
        }
        int at = Numbers.toInt(given, "a bound of a slice");
        if (at < 0) {
            at = Math.max(at + size, step > 0 ? 0 : -1);
        }
        return Math.min(at, step > 0 ? size : size - 1);
    }

    private static Str sliceText(Str str, int from, int to, int by, Budget budget) {
        budget.characters(str.simple() ? 0 : str.length());
        if (by == 1) {
            if (from >= to) {
                return Str.EMPTY.withMarkup(str.markup());
            }
            budget.characters(to - from);
            return str.sub(str.at(from), str.at(to));
        }
        int[] points = str.simple() ? null : starts(str);
        StrBuilder out = new StrBuilder(budget);
        for (long i = from; by > 0 ? i < to : i > to; i += by) {
            int at = points == null ? (int) i : points[(int) i];
            out.append(str, at, points == null ? at + 1 : points[(int) i + 1]);
        }
        return out.build().withMarkup(str.markup());
    }

    private static int[] starts(Str str) {
        int[] starts = new int[str.points() + 1];
        int at = 0;
        for (int i = 0; i < starts.length - 1; i++) {
            starts[i] = at;
            at += Character.charCount(str.string().codePointAt(at));
        }
        starts[starts.length - 1] = at;
        return starts;
    }
}
