package dev.plimsoll.model.jinja.builtin;

import dev.plimsoll.model.jinja.ops.Attributes;
import dev.plimsoll.model.jinja.ops.Cases;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Numbers;
import dev.plimsoll.model.jinja.value.Py;
import dev.plimsoll.model.jinja.value.Repr;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.Types;
import dev.plimsoll.model.jinja.value.Undef;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Reads arguments of filters. */
final class Given {

    private Given() {}

    static boolean flag(Object value) {
        return value != Missing.MISSING && Py.truth(value);
    }

    /** A flag that Python takes as a whole number. */
    static boolean wholeFlag(Object value) {
        return value != Missing.MISSING && Numbers.toInt(value, "'reverse'") != 0;
    }

    static int number(Object value, int otherwise, String what) {
        return value == Missing.MISSING ? otherwise : Numbers.toInt(value, what);
    }

    static Object or(Object value, Object otherwise) {
        return value == Missing.MISSING ? otherwise : value;
    }

    /** Any value as a string, with its mark as safe. */
    static Str soft(Object value, Env env) {
        return Repr.str(value, env.budget());
    }

    /** Any value as a plain string. */
    static Str plain(Object value, Env env) {
        return Repr.str(value, env.budget()).withMarkup(false);
    }

    static Str text(Object value, String filter) {
        if (value instanceof Str str) {
            return str;
        }
        if (value instanceof Undef undef) {
            throw undef.failure();
        }
        throw Failure.type("'" + filter + "' needs a string and is given " + Types.name(value));
    }

    /** Looks up {@code "a.b.0"}; null or missing gives the item itself. */
    static UnaryOperator<Object> attribute(Object path, Object otherwise, Env env) {
        List<Object> parts = parts(path);
        return item -> {
            Object found = item;
            for (Object part : parts) {
                found = Attributes.item(found, part, env.budget());
                if (otherwise != null && otherwise != Missing.MISSING && found instanceof Undef) {
                    found = otherwise;
                }
            }
            return found;
        };
    }

    private static List<Object> parts(Object path) {
        List<Object> parts = new ArrayList<>();
        if (path instanceof Str str) {
            for (String part : str.string().split("\\.", -1)) {
                boolean number = !part.isEmpty() && part.chars().allMatch(Character::isDigit);
                parts.add(
                        number && part.length() < 10 ? (Object) Long.valueOf(part) : Str.of(part));
            }
        } else if (path != null && path != Missing.MISSING) {
            parts.add(path);
        }
        return parts;
    }

    /** Looks up several paths with commas between them. */
    static UnaryOperator<Object> attributes(Object paths, boolean caseMatters, Env env) {
        List<UnaryOperator<Object>> getters = new ArrayList<>();
        if (paths instanceof Str str) {
            for (String path : str.string().split(",", -1)) {
                getters.add(attribute(Str.of(path), null, env));
            }
        } else {
            getters.add(attribute(paths, null, env));
        }
        return item -> {
            List<Object> keys = new ArrayList<>();
            getters.forEach(getter -> keys.add(
                    caseMatters ? getter.apply(item) : ignoreCase(getter.apply(item), env)));
            return dev.plimsoll.model.jinja.value.Seq.list(keys);
        };
    }

    static Object ignoreCase(Object value, Env env) {
        return value instanceof Str str ? Cases.lower(str, env.budget()) : value;
    }
}
