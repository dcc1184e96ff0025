package dev.plimsoll.model.jinja.ops;

import dev.plimsoll.model.jinja.value.Args;
import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Dict;
import dev.plimsoll.model.jinja.value.DictView;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Fn;
import dev.plimsoll.model.jinja.value.HasAttributes;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Namespace;
import dev.plimsoll.model.jinja.value.Numbers;
import dev.plimsoll.model.jinja.value.Range;
import dev.plimsoll.model.jinja.value.Seq;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.Types;
import dev.plimsoll.model.jinja.value.Undef;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * {@code value.name} and {@code value[index]}. The first looks for an attribute and then for an
 * item, the second the other way round. What begins with an underscore and what changes a value is
 * not to be had.
 */
public final class Attributes {

    private static final Set<String> OF_ALL = Set.of(
            "__class__",
            "__doc__",
            "__init__",
            "__new__",
            "__repr__",
            "__str__",
            "__eq__",
            "__ne__",
            "__lt__",
            "__le__",
            "__gt__",
            "__ge__",
            "__hash__",
            "__getattribute__",
            "__setattr__",
            "__delattr__",
            "__dir__",
            "__format__",
            "__reduce__",
            "__reduce_ex__",
            "__sizeof__",
            "__subclasshook__",
            "__init_subclass__",
            "__getstate__");
    private static final Set<String> OF_CONTAINERS =
            Set.of("__len__", "__getitem__", "__contains__", "__iter__");
    private static final Set<String> LIST_CHANGES =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");
    private static final Set<String> DICT_CHANGES =
            Set.of("clear", "pop", "popitem", "setdefault", "update");
    private static final Set<String> NUMBER_ATTRIBUTES = Set.of(
            "as_integer_ratio",
            "conjugate",
            "denominator",
            "from_bytes",
            "imag",
            "numerator",
            "real",
            "to_bytes",
            "hex",
            "fromhex",
            "bit_count",
            "bit_length",
            "is_integer");

    private Attributes() {}

    /** {@code value.name}. */
    public static Object attribute(Object of, String name, Budget budget) {
        budget.step();
        Object found = own(of, name, budget);
        if (found != Missing.MISSING) {
            return found;
        }
        Object item = byIndex(of, Str.of(name));
        return item == Missing.MISSING ? Undef.attribute(of, name) : item;
    }

    /** {@code value[index]}. */
    public static Object item(Object of, Object index, Budget budget) {
        budget.step();
        Object item = byIndex(of, index);
        if (item != Missing.MISSING) {
            return item;
        }
        if (index instanceof Str name) {
            Object found = own(of, name.string(), budget);
            if (found != Missing.MISSING) {
                return found;
            }
        }
        return new Undef(Types.name(of) + " has no "
                + (index instanceof Str || index instanceof Long
                        ? "'" + index + "'"
                        : "such item"));
    }

    /** Only an attribute, for the filter {@code attr}. */
    public static Object onlyAttribute(Object of, String name, Budget budget) {
        Object found = own(of, name, budget);
        return found == Missing.MISSING ? Undef.attribute(of, name) : found;
    }

    private static Object byIndex(Object of, Object index) {
        return switch (of) {
            case Undef undef -> throw undef.failure();
            case Dict dict -> entry(dict, index);
            case Seq seq ->
                at(index, seq.items().size()) < 0
                        ? Missing.MISSING
                        : seq.items().get(at(index, seq.items().size()));
            case Range range ->
                at(index, (int) range.size()) < 0
                        ? Missing.MISSING
                        : range.items().get(at(index, (int) range.size()));
            case Str str -> character(str, index);
            case null, default -> Missing.MISSING;
        };
    }

    private static Object entry(Dict dict, Object index) {
        try {
            return dict.get(index);
        } catch (Failure noKey) {
            return Missing.MISSING;
        }
    }

    private static Object character(Str str, Object index) {
        int point = at(index, str.points());
        if (point < 0) {
            return Missing.MISSING;
        }
        int from = str.at(point);
        return str.sub(from, from + Character.charCount(str.string().codePointAt(from)));
    }

    /** A place in so many items, or -1. */
    private static int at(Object index, int size) {
        if (!Numbers.isWhole(index)) {
            return -1;
        }
        int at = Numbers.toInt(index, "an index");
        at = at < 0 ? at + size : at;
        return at >= 0 && at < size ? at : -1;
    }

    private static Object own(Object of, String name, Budget budget) {
        if (of instanceof Undef undef && !OF_ALL.contains(name)) {
            throw undef.failure();
        }
        if (OF_ALL.contains(name)
                || OF_CONTAINERS.contains(name)
                        && (of instanceof Str || of instanceof Seq || of instanceof Dict)) {
            return of instanceof Namespace ? Missing.MISSING : unsafe(of, name);
        }
        return switch (of) {
            case Str str -> StrMethods.of(str, name, budget);
            case Dict dict -> ofDict(dict, name, budget);
            case Seq seq -> ofSeq(seq, name, budget);
            case Namespace namespace -> {
                Object value = namespace.attributes().get(Str.of(name));
                yield value != Missing.MISSING && name.startsWith("_") ? unsafe(of, name) : value;
            }
            case Range range ->
                switch (name) {
                    case "start" -> (Object) range.start();
                    case "stop" -> range.stop();
                    case "step" -> range.step();
                    default -> Missing.MISSING;
                };
            case HasAttributes has -> has.attribute(name);
            case null, default -> {
                if (Numbers.isNumber(of) && NUMBER_ATTRIBUTES.contains(name)) {
                    throw Failure.unsupported("the attribute '" + name + "' of a number");
                }
                yield Missing.MISSING;
            }
        };
    }

    private static Undef unsafe(Object of, String name) {
        return new Undef(
                "'" + name + "' of " + Types.name(of) + " must not be used in a template", true);
    }

    private static Object ofDict(Dict dict, String name, Budget budget) {
        if (DICT_CHANGES.contains(name)) {
            return unsafe(dict, name);
        }
        return switch (name) {
            case "items" -> method(name, args -> view(dict, DictView.Part.ITEMS, name, args));
            case "keys" -> method(name, args -> view(dict, DictView.Part.KEYS, name, args));
            case "values" -> method(name, args -> view(dict, DictView.Part.VALUES, name, args));
            case "get" ->
                method(name, args -> {
                    check(name, args, 1, 2);
                    Object value = dict.get(args.places().get(0));
                    return value != Missing.MISSING
                            ? value
                            : args.places().size() == 2 ? args.places().get(1) : null;
                });
            case "copy" ->
                method(name, args -> {
                    check(name, args, 0, 0);
                    budget.elements(dict.size());
                    Dict copy = new Dict();
                    copy.putAll(dict);
                    return copy;
                });
            case "fromkeys" -> throw Failure.unsupported("the method 'fromkeys' of a dictionary");
            default -> Missing.MISSING;
        };
    }

    private static Object view(Dict dict, DictView.Part part, String name, Args args) {
        check(name, args, 0, 0);
        return new DictView(dict, part);
    }

    private static Object ofSeq(Seq seq, String name, Budget budget) {
        if (!seq.isTuple() && LIST_CHANGES.contains(name)) {
            return unsafe(seq, name);
        }
        if (seq.names().contains(name)) {
            return seq.items().get(seq.names().indexOf(name));
        }
        return switch (name) {
            case "count" ->
                method(name, args -> {
                    check(name, args, 1, 1);
                    return seq.items().stream()
                            .filter(each ->
                                    Operators.compare("==", each, args.places().get(0), budget))
                            .count();
                });
            case "index" ->
                method(name, args -> {
                    check(name, args, 1, 3);
                    return index(seq.items(), args.places(), budget);
                });
            case "copy" ->
                seq.isTuple()
                        ? Missing.MISSING
                        : method(name, args -> {
                            check(name, args, 0, 0);
                            budget.elements(seq.items().size());
                            return Seq.list(new ArrayList<>(seq.items()));
                        });
            default -> Missing.MISSING;
        };
    }

    private static Object index(List<Object> items, List<Object> places, Budget budget) {
        int size = items.size();
        int from = places.size() > 1 ? Numbers.toInt(places.get(1), "a bound") : 0;
        int to = places.size() > 2 ? Numbers.toInt(places.get(2), "a bound") : size;
        from = Math.max(0, from < 0 ? from + size : from);
        to = Math.min(size, to < 0 ? to + size : to);
        for (int i = from; i < to; i++) {
            if (Operators.compare("==", items.get(i), places.get(0), budget)) {
                return (long) i;
            }
        }
        throw Failure.type("'index' does not find the value in the list");
    }

    static void check(String name, Args args, int least, int most) {
        int given = args.places().size();
        if (given < least || given > most) {
            throw Failure.type("'" + name + "' takes "
                    + (least == most ? String.valueOf(least) : "from " + least + " to " + most)
                    + " arguments and is given " + given);
        }
        if (!args.names().isEmpty()) {
            throw Failure.type("'" + name + "' takes no arguments by name");
        }
    }

    /** A method bound to its value. */
    static Fn method(String name, Fn body) {
        return new Fn() {
            @Override
            public Object call(Args args) {
                return body.call(args);
            }

            @Override
            public String what() {
                return "method '" + name + "'";
            }
        };
    }
}
