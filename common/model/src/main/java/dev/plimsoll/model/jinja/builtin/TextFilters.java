package dev.plimsoll.model.jinja.builtin;

import static dev.plimsoll.model.jinja.builtin.Filters.add;

import dev.plimsoll.model.jinja.builtin.Filters.Filter;
import dev.plimsoll.model.jinja.ops.Attributes;
import dev.plimsoll.model.jinja.ops.Cases;
import dev.plimsoll.model.jinja.ops.Html;
import dev.plimsoll.model.jinja.ops.Operators;
import dev.plimsoll.model.jinja.ops.Padding;
import dev.plimsoll.model.jinja.ops.Printf;
import dev.plimsoll.model.jinja.ops.Splitting;
import dev.plimsoll.model.jinja.ops.StrMethods;
import dev.plimsoll.model.jinja.value.Chars;
import dev.plimsoll.model.jinja.value.Dict;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Json;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Numbers;
import dev.plimsoll.model.jinja.value.Py;
import dev.plimsoll.model.jinja.value.Seq;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.StrBuilder;
import dev.plimsoll.model.jinja.value.Undef;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Filters that make text. */
final class TextFilters {

    private TextFilters() {}

    static void addTo(Map<String, Filter> all) {
        add(
                all,
                "upper",
                "s",
                (env, a) -> kept(a[0], env, Cases.upper(soft(a, env), env.budget())));
        add(
                all,
                "lower",
                "s",
                (env, a) -> kept(a[0], env, Cases.lower(soft(a, env), env.budget())));
        add(
                all,
                "capitalize",
                "s",
                (env, a) -> kept(a[0], env, Cases.capitalize(soft(a, env), env.budget())));
        add(all, "title", "s", (env, a) -> Cases.titleWords(soft(a, env), env.budget()));
        add(
                all,
                "trim",
                "value chars?",
                (env, a) -> Splitting.strip(soft(a, env), a[1], true, true));
        add(all, "string", "object", (env, a) -> soft(a, env));
        add(all, "safe", "value", (env, a) -> soft(a, env).withMarkup(true));
        add(all, "escape", "s", (env, a) -> Html.safe(soft(a, env), env.budget()));
        all.put("e", all.get("escape"));
        add(all, "forceescape", "value", (env, a) -> Html.escape(soft(a, env), env.budget()));
        add(
                all,
                "center",
                "value width?",
                (env, a) -> Padding.pad(
                        soft(a, env), Given.or(a[1], 80L), Missing.MISSING, 0, env.budget()));
        add(
                all,
                "replace",
                "s old new count?",
                (env, a) -> StrMethods.replace(
                        Given.plain(a[0], env),
                        Given.plain(a[1], env),
                        Given.plain(a[2], env),
                        a[3] == null ? -1 : Given.number(a[3], -1, "a count"),
                        env.budget()));
        add(all, "indent", "s width? first? blank?", TextFilters::indent);
        add(all, "truncate", "s length? killwords? end? leeway?", TextFilters::truncate);
        add(all, "wordcount", "s", (env, a) -> words(soft(a, env).string()));
        add(all, "join", "value d? attribute?", TextFilters::join);
        add(all, "tojson", "x ensure_ascii? indent? separators? sort_keys?", TextFilters::json);
        add(
                all,
                "attr",
                "obj name",
                (env, a) -> Attributes.onlyAttribute(
                        a[0], Given.text(a[1], "attr").string(), env.budget()));
        all.put("format", (env, args) -> {
            if (args.places().isEmpty()) {
                throw Failure.type("'format' needs a value");
            }
            if (args.places().size() > 1 && !args.names().isEmpty()) {
                throw Failure.type("'format' takes arguments by place or by name, not both");
            }
            Dict named = new Dict();
            args.names().forEach((name, value) -> named.put(Str.of(name), value));
            Object values = args.names().isEmpty()
                    ? Seq.tuple(args.places().subList(1, args.places().size()))
                    : named;
            return Printf.format(Given.soft(args.places().get(0), env), values, env.budget());
        });
    }

    private static Str soft(Object[] args, Env env) {
        return Given.soft(args[0], env);
    }

    private static Str kept(Object from, Env env, Str result) {
        return result.withMarkup(from instanceof Str str && str.markup());
    }

    private static Object indent(Env env, Object[] a) {
        Str text = Given.text(a[0], "indent");
        Str by = a[1] instanceof Str str
                ? str
                : (Str) Operators.binary("*", Str.of(" "), Given.or(a[1], 4L), env.budget());
        boolean blank = Given.flag(a[3]);
        StrBuilder padded = new StrBuilder(env.budget()).append(text).append("\n");
        List<Object> lines = Splitting.lines(padded.build(), false, env.budget());
        StrBuilder out = new StrBuilder(env.budget());
        if (Given.flag(a[2])) {
            out.append(by);
        }
        for (int i = 0; i < lines.size(); i++) {
            Str line = (Str) lines.get(i);
            if (i > 0) {
                out.append("\n");
                if (blank || !line.isEmpty()) {
                    out.append(by);
                }
            }
            out.append(line);
        }
        return out.build().withMarkup(text.markup());
    }

    private static Object truncate(Env env, Object[] a) {
        int length = Given.number(a[1], 255, "a length");
        Str end = Given.text(Given.or(a[3], Str.of("...")), "truncate");
        int leeway = a[4] == null ? 5 : Given.number(a[4], 5, "'leeway'");
        if (length < end.points() || leeway < 0) {
            throw Failure.type("'truncate' is given a length shorter than its end");
        }
        if (Py.length(a[0]) <= (long) length + leeway) {
            return a[0];
        }
        Str text = Given.text(a[0], "truncate");
        Str kept = text.sub(0, text.at(length - end.points()));
        if (!Given.flag(a[2]) && kept.string().lastIndexOf(' ') >= 0) {
            kept = kept.sub(0, kept.string().lastIndexOf(' '));
        }
        return Operators.concat(kept, end, env.budget());
    }

    private static Object words(String text) {
        long count = 0;
        boolean inside = false;
        for (int point : text.codePoints().toArray()) {
            boolean word = Chars.word(point);
            count += word && !inside ? 1 : 0;
            inside = word;
        }
        return count;
    }

    private static Object join(Env env, Object[] a) {
        Str between = Given.plain(Given.or(a[1], Str.EMPTY), env);
        var attribute = Given.attribute(a[2], null, env);
        Iterator<Object> all = Py.iterate(a[0], "'join' goes over", env.budget());
        StrBuilder out = new StrBuilder(env.budget());
        boolean first = true;
        while (all.hasNext()) {
            Str part = Given.plain(attribute.apply(all.next()), env);
            if (!first) {
                out.append(between);
            }
            first = false;
            out.append(part);
        }
        return out.build();
    }

    private static Object json(Env env, Object[] a) {
        Object given = Given.or(a[2], null);
        if (given instanceof Undef
                || !(given == null || given instanceof Str || Numbers.isWhole(given))) {
            throw Failure.type("'indent' of 'tojson' must be a whole number or a string");
        }
        Str indent = given == null
                ? null
                : given instanceof Str str
                        ? str
                        : (Str) Operators.binary("*", Str.of(" "), given, env.budget());
        Str comma = Str.of(indent == null ? ", " : ",");
        Str colon = Str.of(": ");
        if (a[3] != Missing.MISSING && a[3] != null) {
            List<Object> both = new ArrayList<>(Py.list(a[3], env.budget()));
            if (both.size() != 2) {
                throw Failure.type("'separators' of 'tojson' must be two strings");
            }
            comma = Given.text(both.get(0), "tojson");
            colon = Given.text(both.get(1), "tojson");
        }
        return new Json(env.budget(), Given.flag(a[1]), indent, comma, colon, Given.flag(a[4]))
                .write(a[0]);
    }
}
