package dev.plimsoll.model.jinja.builtin;

import static dev.plimsoll.model.jinja.builtin.Filters.add;

import dev.plimsoll.model.jinja.builtin.Filters.Filter;
import dev.plimsoll.model.jinja.value.Args;
import dev.plimsoll.model.jinja.value.Dict;
import dev.plimsoll.model.jinja.value.DictView;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Gen;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Numbers;
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
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Filters that give generators: nothing is done, and no error made, before they are read. */
final class LazyFilters {

    private LazyFilters() {}

    static void addTo(Map<String, Filter> all) {
        all.put("map", (env, args) -> map(env, args));
        all.put("select", (env, args) -> select(env, args, false, true));
        all.put("reject", (env, args) -> select(env, args, false, false));
        all.put("selectattr", (env, args) -> select(env, args, true, true));
        all.put("rejectattr", (env, args) -> select(env, args, true, false));
        add(
                all,
                "items",
                "value",
                (env, a) -> new Gen("items", later(() -> {
                    if (a[0] instanceof Undef) {
                        return Collections.emptyIterator();
                    }
                    if (!(a[0] instanceof Dict dict)) {
                        throw Failure.type(
                                "'items' needs a dictionary and is given " + Types.name(a[0]));
                    }
                    return Py.iterate(new DictView(dict, DictView.Part.ITEMS), "", env.budget());
                })));
        add(all, "unique", "value case_sensitive? attribute?", LazyFilters::unique);
        add(all, "batch", "value linecount fill_with?", LazyFilters::batch);
        add(
                all,
                "slice",
                "value slices fill_with?",
                (env, a) -> new Gen("slice", later(() -> slice(env, a))));
    }

    /** An iterator that is made when it is first asked. */
    private static Iterator<Object> later(Supplier<Iterator<Object>> maker) {
        return new Iterator<>() {
            private Iterator<Object> made;

            private Iterator<Object> made() {
                if (made == null) {
                    made = maker.get();
                }
                return made;
            }

            @Override
            public boolean hasNext() {
                return made().hasNext();
            }

            @Override
            public Object next() {
                return made().next();
            }
        };
    }

    /** The items that {@code step} gives; {@link Missing#MISSING} stands for one left out. */
    private static Iterator<Object> each(Iterator<Object> items, Function<Object, Object> step) {
        return new Iterator<>() {
            private Object next = Missing.MISSING;

            @Override
            public boolean hasNext() {
                while (next == Missing.MISSING && items.hasNext()) {
                    next = step.apply(items.next());
                }
                return next != Missing.MISSING;
            }

            @Override
            public Object next() {
                if (!hasNext()) {
                    throw new java.util.NoSuchElementException();
                }
                Object given = next;
                next = Missing.MISSING;
                return given;
            }
        };
    }

    private static Object first(Args args, String filter) {
        if (args.places().isEmpty()) {
            throw Failure.type("'" + filter + "' needs a value");
        }
        return args.places().get(0);
    }

    private static Gen map(Env env, Args args) {
        Object value = first(args, "map");
        return new Gen("map", later(() -> {
            if (!Py.truth(value)) {
                return Collections.emptyIterator();
            }
            Function<Object, Object> step = mapping(env, args.from(1));
            return each(Py.iterate(value, "'map' goes over", env.budget()), step);
        }));
    }

    private static Function<Object, Object> mapping(Env env, Args args) {
        if (args.places().isEmpty() && args.names().containsKey("attribute")) {
            Map<String, Object> names = args.copyOfNames();
            Object path = names.remove("attribute");
            Object otherwise = names.remove("default");
            if (!names.isEmpty()) {
                throw Failure.type(
                        "'map' has no parameter '" + names.keySet().iterator().next() + "'");
            }
            return Given.attribute(path, otherwise, env);
        }
        if (args.places().isEmpty()) {
            throw Failure.type("'map' needs the name of a filter");
        }
        String name = Given.text(args.places().get(0), "map").string();
        return item -> Filters.call(name, env, args.from(1).after(item));
    }

    private static Gen select(Env env, Args args, boolean byAttribute, boolean wanted) {
        Object value = first(args, "select");
        return new Gen("select_or_reject", later(() -> {
            if (!Py.truth(value)) {
                return Collections.emptyIterator();
            }
            Predicate<Object> test = testing(env, args.from(1), byAttribute);
            return each(
                    Py.iterate(value, "'select' goes over", env.budget()),
                    item -> test.test(item) == wanted ? item : Missing.MISSING);
        }));
    }

    private static Predicate<Object> testing(Env env, Args given, boolean byAttribute) {
        UnaryOperator<Object> getter = item -> item;
        Args args = given;
        if (byAttribute) {
            if (args.places().isEmpty()) {
                throw Failure.type("'selectattr' needs the name of an attribute");
            }
            getter = Given.attribute(args.places().get(0), null, env);
            args = args.from(1);
        }
        UnaryOperator<Object> attribute = getter;
        if (args.places().isEmpty()) {
            return item -> Py.truth(attribute.apply(item));
        }
        Object name = args.places().get(0);
        Args rest = args.from(1);
        if (!(name instanceof Str test)) {
            throw Failure.type("'select' needs the name of a test");
        }
        return item -> Py.truth(Tests.call(test.string(), env, rest.after(attribute.apply(item))));
    }

    private static Object unique(Env env, Object[] a) {
        return new Gen("unique", later(() -> {
            UnaryOperator<Object> getter = Given.attribute(a[2], null, env);
            Dict seen = new Dict();
            return each(Py.iterate(a[0], "'unique' goes over", env.budget()), item -> {
                Object key = getter.apply(item);
                key = Given.flag(a[1]) ? key : Given.ignoreCase(key, env);
                if (seen.has(key)) {
                    return Missing.MISSING;
                }
                seen.put(key, null);
                return item;
            });
        }));
    }

    private static Object batch(Env env, Object[] a) {
        return new Gen("batch", later(() -> {
            Iterator<Object> items = Py.iterate(a[0], "'batch' goes over", env.budget());
            List<Object> all = new ArrayList<>();
            List<Object> row = new ArrayList<>();
            while (items.hasNext()) {
                Object item = items.next();
                if (Py.equal((long) row.size(), a[1], env.budget())) {
                    all.add(Seq.list(row));
                    row = new ArrayList<>();
                }
                row.add(item);
            }
            if (!row.isEmpty()) {
                if (a[2] != null && a[2] != Missing.MISSING) {
                    int count = Numbers.toInt(a[1], "a count");
                    env.budget().elements(count);
                    while (row.size() < count) {
                        row.add(a[2]);
                    }
                }
                all.add(Seq.list(row));
            }
            return all.iterator();
        }));
    }

    private static Iterator<Object> slice(Env env, Object[] a) {
        List<Object> items = Py.list(a[0], env.budget());
        int slices = Numbers.toInt(a[1], "a number of slices");
        if (slices == 0) {
            throw Failure.type("a division by zero");
        }
        env.budget().elements(slices);
        List<Object> all = new ArrayList<>();
        int size = slices < 0 ? 0 : items.size() / slices;
        int longer = slices < 0 ? 0 : items.size() % slices;
        int from = 0;
        for (int i = 0; i < slices; i++) {
            int to = from + size + (i < longer ? 1 : 0);
            List<Object> part = new ArrayList<>(items.subList(from, to));
            if (a[2] != null && a[2] != Missing.MISSING && i >= longer) {
                part.add(a[2]);
            }
            all.add(Seq.list(part));
            from = to;
        }
        return all.iterator();
    }
}
