package dev.plimsoll.model.jinja.ops;

import dev.plimsoll.model.jinja.value.Args;
import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Dict;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Repr;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.StrBuilder;

/** Python's {@code str.format}, with origins. */
final class Formatter {

    /** Looks up what a field names. */
    private interface Values {
        Object named(String name);
    }

    private final Args args;
    private final Values values;
    private final Budget budget;
    private int automatic;
    private boolean manual;

    private Formatter(Args args, Values values, Budget budget) {
        this.args = args;
        this.values = values;
        this.budget = budget;
    }

    static Str format(Str format, Args args, Budget budget) {
        return new Formatter(args, name -> args.names().getOrDefault(name, Missing.MISSING), budget)
                .all(format, 2);
    }

    static Str formatMap(Str format, Object given, Budget budget) {
        if (!(given instanceof Dict dict)) {
            throw Failure.type("'format_map' needs a dictionary");
        }
        return new Formatter(Args.NONE, name -> dict.get(Str.of(name)), budget).all(format, 2);
    }

    private Str all(Str format, int depth) {
        if (depth < 0) {
            throw Failure.type("the fields of a format are nested too deep");
        }
        if (format.markup()) {
            throw Failure.unsupported("'format' of a text that is marked as safe");
        }
        StrBuilder out = new StrBuilder(budget);
        String text = format.string();
        int at = 0;
        while (at < text.length()) {
            char character = text.charAt(at);
            if (character != '{' && character != '}') {
                int end = at + 1;
                while (end < text.length() && "{}".indexOf(text.charAt(end)) < 0) {
                    end++;
                }
                out.append(format, at, end);
                at = end;
            } else if (at + 1 < text.length() && text.charAt(at + 1) == character) {
                out.append(format, at, at + 1);
                at += 2;
            } else if (character == '}') {
                throw Failure.type("a format has a single '}'");
            } else {
                int end = end(text, at + 1);
                out.append(field(format.sub(at + 1, end), depth));
                at = end + 1;
            }
        }
        return out.build();
    }

    /** The brace that closes a field. */
    private static int end(String text, int from) {
        int depth = 1;
        for (int at = from; at < text.length(); at++) {
            char character = text.charAt(at);
            depth += character == '{' ? 1 : character == '}' ? -1 : 0;
            if (depth == 0) {
                return at;
            }
        }
        throw Failure.type("a format has a '{' without its '}'");
    }

    private Str field(Str field, int depth) {
        String text = field.string();
        int nameEnd = 0;
        while (nameEnd < text.length() && ":!".indexOf(text.charAt(nameEnd)) < 0) {
            nameEnd = text.charAt(nameEnd) == '[' && text.indexOf(']', nameEnd) > 0
                    ? text.indexOf(']', nameEnd) + 1
                    : nameEnd + 1;
        }
        int specStart = nameEnd;
        char conversion = 0;
        if (nameEnd < text.length() && text.charAt(nameEnd) == '!') {
            specStart = nameEnd + 2;
            if (specStart > text.length()
                    || specStart < text.length() && text.charAt(specStart) != ':') {
                throw Failure.type("the field '{" + text + "}' has no valid conversion");
            }
            conversion = text.charAt(nameEnd + 1);
        }
        Object value = value(text.substring(0, nameEnd));
        Str spec = specStart < text.length() ? all(field.sub(specStart + 1), depth - 1) : Str.EMPTY;
        return switch (conversion) {
            case 0 -> FormatSpec.format(value, spec.string(), budget);
            case 's' -> FormatSpec.format(Repr.str(value, budget), spec.string(), budget);
            case 'r' -> FormatSpec.format(Repr.repr(value, budget), spec.string(), budget);
            case 'a' -> throw Failure.unsupported("the conversion '!a' of a format");
            default -> throw Failure.type("the conversion '!" + conversion + "' is not known");
        };
    }

    private Object value(String path) {
        int end = 0;
        while (end < path.length() && ".[".indexOf(path.charAt(end)) < 0) {
            end++;
        }
        Object value = first(path.substring(0, end));
        int at = end;
        while (at < path.length()) {
            if (path.charAt(at) == '.') {
                end = at + 1;
                while (end < path.length() && ".[".indexOf(path.charAt(end)) < 0) {
                    end++;
                }
                value = Attributes.attribute(value, part(path, at + 1, end), budget);
                at = end;
            } else {
                end = path.indexOf(']', at);
                if (path.charAt(at) != '[' || end < 0) {
                    throw Failure.type("the field '{" + path + "}' is not valid");
                }
                String index = part(path, at + 1, end);
                Object key = number(index) ? (Object) Long.valueOf(index) : Str.of(index);
                value = Attributes.item(value, key, budget);
                at = end + 1;
            }
        }
        return value;
    }

    private static String part(String path, int from, int to) {
        if (from >= to) {
            throw Failure.type("the field '{" + path + "}' has an empty part");
        }
        return path.substring(from, to);
    }

    private static boolean number(String text) {
        return !text.isEmpty()
                && text.length() < 10
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private Object first(String name) {
        if (name.isEmpty() || number(name)) {
            boolean byHand = !name.isEmpty();
            if (byHand ? automatic > 0 : manual) {
                throw Failure.type("a format counts some fields by itself and numbers others");
            }
            manual |= byHand;
            int place = byHand ? Integer.parseInt(name) : automatic++;
            if (place >= args.places().size()) {
                throw Failure.type("a format has more fields than there are values");
            }
            return args.places().get(place);
        }
        Object value = values.named(name);
        if (value == Missing.MISSING) {
            throw Failure.type("a format finds no '" + name + "'");
        }
        return value;
    }
}
