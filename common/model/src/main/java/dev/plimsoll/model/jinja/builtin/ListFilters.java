package dev.plimsoll.model.jinja.builtin;

import static dev.plimsoll.model.jinja.builtin.Filters.add;

import dev.plimsoll.model.jinja.builtin.Filters.Filter;
import dev.plimsoll.model.jinja.ops.Operators;
import dev.plimsoll.model.jinja.value.Dict;
import dev.plimsoll.model.jinja.value.DictView;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Gen;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Py;
import dev.plimsoll.model.jinja.value.Seq;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.Types;
import dev.plimsoll.model.jinja.value.Undef;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Filters over lists that work at once. */
final class ListFilters {

    private ListFilters() {}

    static void addTo(Map<String, Filter> all) {
        add(
                all,
                "default",
                "value default_value? boolean?",
                (env, a) -> a[0] instanceof Undef || Given.flag(a[2]) && !Py.truth(a[0])
                        ? Given.or(a[1], Str.EMPTY)
                        : a[0]);
        all.put("d", all.get("default"));
        add(all, "length", "obj", (env, a) -> Py.length(a[0]));
        all.put("count", all.get("length"));
        add(all, "list", "value", (env, a) -> Seq.list(Py.list(a[0], env.budget())));
        add(all, "first", "seq", (env, a) -> {
            Iterator<Object> items = Py.iterate(a[0], "'first' looks into", env.budget());
            return items.hasNext() ? items.next() : new Undef("'first' of nothing is not defined");
        });
        add(all, "last", "seq", (env, a) -> {
            List<Object> items = reversible(a[0], env);
            return items.isEmpty()
                    ? new Undef("'last' of nothing is not defined")
                    : items.get(items.size() - 1);
        });
        add(all, "reverse", "value", ListFilters::reverse);
        add(all, "sort", "value reverse? case_sensitive? attribute?", (env, a) -> {
            List<Object> items = Py.list(a[0], env.budget());
            return Seq.list(Sorting.sorted(
                    items,
                    Given.attributes(a[3], Given.flag(a[2]), env),
                    Given.wholeFlag(a[1]),
                    env));
        });
        add(all, "dictsort", "value case_sensitive? by? reverse?", ListFilters::dictSort);
        add(all, "groupby", "value attribute default? case_sensitive?", ListFilters::group);
        add(all, "sum", "iterable attribute? start?", ListFilters::sum);
        add(all, "min", "value case_sensitive? attribute?", (env, a) -> extreme("<", env, a));
        add(all, "max", "value case_sensitive? attribute?", (env, a) -> extreme(">", env, a));
    }

    /** What Python's {@code reversed} can go through. */
    private static List<Object> reversible(Object value, Env env) {
        if (value instanceof Gen || !Py.iterable(value) || value instanceof Py.Iterates) {
            throw Failure.type("the end of " + Types.name(value) + " cannot be reached");
        }
        if (value instanceof Str str && str.simple()) {
            return str.isEmpty() ? List.of() : Py.list(str.sub(str.length() - 1), env.budget());
        }
        return value instanceof Seq seq ? seq.items() : Py.list(value, env.budget());
    }

    private static Object reverse(Env env, Object[] a) {
        if (a[0] instanceof Str) {
            return Operators.slice(a[0], null, null, -1L, env.budget());
        }
        List<Object> items = Py.list(a[0], env.budget());
        Collections.reverse(items);
        return a[0] instanceof Gen || a[0] instanceof Py.Iterates
                ? Seq.list(items)
                : new Gen("reversed", items.iterator());
    }

    private static Object dictSort(Env env, Object[] a) {
        if (a[0] instanceof Undef undef) {
            throw undef.failure();
        }
        if (!(a[0] instanceof Dict dict)) {
            throw Failure.type("'dictsort' needs a dictionary and is given " + Types.name(a[0]));
        }
        String by = a[2] == Missing.MISSING ? "key" : a[2] instanceof Str str ? str.string() : "";
        if (!by.equals("key") && !by.equals("value")) {
            throw Failure.type("'dictsort' sorts by 'key' or by 'value'");
        }
        int place = by.equals("key") ? 0 : 1;
        UnaryOperator<Object> key = pair -> {
            Object value = ((Seq) pair).items().get(place);
            return Given.flag(a[1]) ? value : Given.ignoreCase(value, env);
        };
        List<Object> pairs = new DictView(dict, DictView.Part.ITEMS).items();
        return Seq.list(Sorting.sorted(pairs, key, Given.wholeFlag(a[3]), env));
    }

    private static Object group(Env env, Object[] a) {
        Object otherwise = Given.or(a[2], null);
        boolean caseMatters = Given.flag(a[3]);
        UnaryOperator<Object> getter = Given.attribute(a[1], otherwise, env);
        UnaryOperator<Object> key =
                caseMatters ? getter : item -> Given.ignoreCase(getter.apply(item), env);
        List<Object> sorted = Sorting.sorted(Py.list(a[0], env.budget()), key, false, env);
        List<Object> groups = new ArrayList<>();
        int from = 0;
        for (int i = 1; i <= sorted.size(); i++) {
            if (i == sorted.size()
                    || !Py.equal(
                            key.apply(sorted.get(from)), key.apply(sorted.get(i)), env.budget())) {
                groups.add(Seq.named(
                        List.of("grouper", "list"),
                        getter.apply(sorted.get(from)),
                        Seq.list(new ArrayList<>(sorted.subList(from, i)))));
                from = i;
            }
        }
        return Seq.list(groups);
    }

    private static Object sum(Env env, Object[] a) {
        UnaryOperator<Object> getter = Given.attribute(a[1], null, env);
        Object sum = Given.or(a[2], 0L);
        if (sum instanceof Str) {
            throw Failure.type("'sum' adds no strings");
        }
        Iterator<Object> items = Py.iterate(a[0], "'sum' goes over", env.budget());
        while (items.hasNext()) {
            sum = Operators.binary("+", sum, getter.apply(items.next()), env.budget());
        }
        return sum;
    }

    private static Object extreme(String operator, Env env, Object[] a) {
        UnaryOperator<Object> getter = Given.attribute(a[2], null, env);
        UnaryOperator<Object> key =
                Given.flag(a[1]) ? getter : item -> Given.ignoreCase(getter.apply(item), env);
        Iterator<Object> items = Py.iterate(a[0], "'min' or 'max' goes over", env.budget());
        if (!items.hasNext()) {
            return new Undef("the least or greatest of nothing is not defined");
        }
        Object best = items.next();
        Object bestKey = key.apply(best);
        while (items.hasNext()) {
            Object item = items.next();
            Object itemKey = key.apply(item);
            if (Py.ordered(itemKey, operator, bestKey, env.budget())) {
                best = item;
                bestKey = itemKey;
            }
        }
        return best;
    }
}
