package dev.plimsoll.model.jinja.builtin;

import dev.plimsoll.model.jinja.ops.Kinds;
import dev.plimsoll.model.jinja.ops.Operators;
import dev.plimsoll.model.jinja.value.Args;
import dev.plimsoll.model.jinja.value.Dict;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Fn;
import dev.plimsoll.model.jinja.value.Numbers;
import dev.plimsoll.model.jinja.value.Py;
import dev.plimsoll.model.jinja.value.Range;
import dev.plimsoll.model.jinja.value.Seq;
import dev.plimsoll.model.jinja.value.Signature;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.Undef;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** All tests by name. */
public final class Tests {

    /** A test; the first argument is the value that is tested. */
    public interface Test {
        Object apply(Env env, Args args);
    }

    private interface One {
        boolean holds(Env env, Object value);
    }

    private interface Two {
        boolean holds(Env env, Object value, Object other);
    }

    private static final Map<String, Test> ALL = new HashMap<>();

    static {
        one("odd", (env, v) -> rest(env, v, 2L, 1L));
        one("even", (env, v) -> rest(env, v, 2L, 0L));
        two("divisibleby", "num", (env, v, other) -> rest(env, v, other, 0L));
        one("defined", (env, v) -> !(v instanceof Undef));
        one("undefined", (env, v) -> v instanceof Undef);
        one("filter", (env, v) -> v instanceof Str str && Filters.has(str.string()));
        one("test", (env, v) -> v instanceof Str str && ALL.containsKey(str.string()));
        one("none", (env, v) -> v == null);
        one("boolean", (env, v) -> v instanceof Boolean);
        one("false", (env, v) -> Boolean.FALSE.equals(v));
        one("true", (env, v) -> Boolean.TRUE.equals(v));
        one("integer", (env, v) -> Numbers.isWhole(v) && !(v instanceof Boolean));
        one("float", (env, v) -> v instanceof Double);
        one("lower", (env, v) -> Kinds.is(Given.soft(v, env), "islower", env.budget()));
        one("upper", (env, v) -> Kinds.is(Given.soft(v, env), "isupper", env.budget()));
        one("string", (env, v) -> v instanceof Str);
        one("mapping", (env, v) -> v instanceof Dict);
        one("number", (env, v) -> Numbers.isNumber(v));
        one(
                "sequence",
                (env, v) -> v instanceof Str
                        || v instanceof Seq
                        || v instanceof Dict
                        || v instanceof Range
                        || v instanceof Undef);
        one("iterable", (env, v) -> Py.iterable(v));
        one("callable", (env, v) -> v instanceof Fn || v instanceof Undef);
        one("escaped", (env, v) -> v instanceof Str str && str.markup());
        two("sameas", "other", (env, v, other) -> Py.same(v, other));
        two("in", "seq", (env, v, other) -> Py.contains(other, v, env.budget()));
        operators("==", List.of("==", "eq", "equalto"));
        operators("!=", List.of("!=", "ne"));
        operators(">", List.of(">", "gt", "greaterthan"));
        operators(">=", List.of(">=", "ge"));
        operators("<", List.of("<", "lt", "lessthan"));
        operators("<=", List.of("<=", "le"));
    }

    private Tests() {}

    private static void one(String name, One test) {
        Signature signature = Signature.of(name, "value");
        ALL.put(name, (env, args) -> test.holds(env, signature.bind(args)[0]));
    }

    private static void two(String name, String second, Two test) {
        Signature signature = Signature.of(name, "value " + second);
        ALL.put(name, (env, args) -> {
            Object[] bound = signature.bind(args);
            return test.holds(env, bound[0], bound[1]);
        });
    }

    private static void operators(String operator, List<String> names) {
        for (String name : names) {
            two(
                    name,
                    "other",
                    (env, v, other) -> Operators.compare(operator, v, other, env.budget()));
        }
    }

    private static boolean rest(Env env, Object value, Object by, Object rest) {
        return Py.equal(Operators.binary("%", value, by, env.budget()), rest, env.budget());
    }

    /** Null if there is none. */
    public static Test get(String name) {
        return ALL.get(name);
    }

    static Object call(String name, Env env, Args args) {
        Test test = get(name);
        if (test == null) {
            throw Failure.type("the test '" + name + "' is not known");
        }
        return test.apply(env, args);
    }
}
