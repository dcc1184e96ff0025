package dev.plimsoll.model.jinja.builtin;

import dev.plimsoll.model.jinja.value.Args;
import dev.plimsoll.model.jinja.value.Dict;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Fn;
import dev.plimsoll.model.jinja.value.Namespace;
import dev.plimsoll.model.jinja.value.Numbers;
import dev.plimsoll.model.jinja.value.Py;
import dev.plimsoll.model.jinja.value.Range;
import dev.plimsoll.model.jinja.value.Signature;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.Types;
import dev.plimsoll.model.jinja.value.Undef;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** Functions that every template can call. */
public final class Globals {

    private static final int MAX_RANGE = 100_000;

    private static final Signature RAISE = Signature.of("raise_exception", "message");
    private static final Signature FORMAT = Signature.of("strftime_now", "format");

    public static final Set<String> NAMES = Set.of(
            "range",
            "dict",
            "lipsum",
            "cycler",
            "joiner",
            "namespace",
            "raise_exception",
            "strftime_now");

    private Globals() {}

    /** @param name one of {@link #NAMES} */
    public static Fn get(String name, Env env) {
        return switch (name) {
            case "range" -> args -> range(args);
            case "dict" -> args -> dict(args, env);
            case "cycler" ->
                args -> {
                    if (args.places().isEmpty() || !args.names().isEmpty()) {
                        throw Failure.type("'cycler' needs at least one value, by place");
                    }
                    return new Cycler(args.places());
                };
            case "joiner" ->
                args -> new Joiner(
                        Given.or(Signature.of("joiner", "sep?").bind(args)[0], Str.of(", ")));
            case "namespace" -> args -> new Namespace(dict(args, env));
            case "raise_exception" ->
                args -> {
                    String message = Given.plain(RAISE.bind(args)[0], env).string();
                    throw new Failure(Failure.Kind.RAISED, 0, message);
                };
            case "strftime_now" ->
                args -> Strftime.format(
                        Given.text(FORMAT.bind(args)[0], "strftime_now"), env.now(), env.budget());
            default ->
                args -> {
                    throw Failure.unsupported("the function '" + name + "' is not supported");
                };
        };
    }

    private static Object range(Args args) {
        List<Object> given = args.places();
        if (given.isEmpty() || given.size() > 3 || !args.names().isEmpty()) {
            throw Failure.type("'range' takes from 1 to 3 arguments, by place");
        }
        for (Object each : given) {
            if (!Numbers.isWhole(each)) {
                throw Failure.type("'range' needs whole numbers and is given " + Types.name(each));
            }
        }
        long start = given.size() > 1 ? Numbers.toInt(given.get(0), "a start") : 0;
        long stop = Numbers.toInt(given.get(given.size() > 1 ? 1 : 0), "a stop");
        long step = given.size() > 2 ? Numbers.toInt(given.get(2), "a step") : 1;
        if (step == 0) {
            throw Failure.type("the step of 'range' is zero");
        }
        Range range = new Range(start, stop, step);
        if (range.size() > MAX_RANGE) {
            throw Failure.limit("'range' makes more than " + MAX_RANGE + " numbers");
        }
        return range;
    }

    private static Dict dict(Args args, Env env) {
        if (args.places().size() > 1) {
            throw Failure.type("'dict' takes at most one argument by place");
        }
        Dict made = new Dict();
        if (!args.places().isEmpty()) {
            Object from = args.places().get(0);
            if (from instanceof Undef undef) {
                throw undef.failure();
            }
            if (from instanceof Dict dict) {
                env.budget().elements(dict.size());
                made.putAll(dict);
            } else {
                Py.iterate(from, "'dict' is made of", env.budget()).forEachRemaining(pair -> {
                    List<Object> both = Py.list(pair, env.budget());
                    if (both.size() != 2) {
                        throw Failure.type("'dict' needs pairs of a key and a value");
                    }
                    made.put(both.get(0), both.get(1));
                });
            }
        }
        for (Map.Entry<String, Object> named : args.names().entrySet()) {
            made.put(Str.of(named.getKey()), named.getValue());
        }
        return made;
    }
}
