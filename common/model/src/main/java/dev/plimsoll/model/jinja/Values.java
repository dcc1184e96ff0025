package dev.plimsoll.model.jinja;

import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Dict;
import dev.plimsoll.model.jinja.value.Numbers;
import dev.plimsoll.model.jinja.value.Seq;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.StrBuilder;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Turns what a caller gives into values of templates, and text back. */
final class Values {

    private Values() {}

    static Object of(Object given, Budget budget) {
        return switch (given) {
            case null -> null;
            case String string -> Str.of(string);
            case Text text -> str(text);
            case Boolean flag -> flag;
            case Integer number -> number.longValue();
            case Long number -> number;
            case BigInteger number -> Numbers.small(number);
            case Double number -> number;
            case List<?> list -> {
                budget.enter();
                List<Object> items = new ArrayList<>(list.size());
                list.forEach(item -> items.add(of(item, budget)));
                budget.leave();
                yield Seq.list(items);
            }
            case Map<?, ?> map -> {
                budget.enter();
                Dict dict = new Dict();
                map.forEach((key, value) -> dict.put(Str.of((String) key), of(value, budget)));
                budget.leave();
                yield dict;
            }
            default ->
                throw new IllegalArgumentException("a variable of a template cannot be a "
                        + given.getClass().getName());
        };
    }

    private static Str str(Text text) {
        StrBuilder out = new StrBuilder(Budget.unlimited());
        int from = 0;
        for (Text.Run run : text.runs()) {
            out.append(text.string().substring(from, run.from()));
            out.append(text.string().substring(run.from(), run.to()), run.origin());
            from = run.to();
        }
        return out.append(text.string().substring(from)).build();
    }

    static Text text(Str str) {
        List<Text.Run> runs = new ArrayList<>();
        str.eachRun((from, to, origin) -> {
            if (origin != 0 && to > from) {
                runs.add(new Text.Run(from, to, origin));
            }
        });
        return new Text(str.string(), runs);
    }
}
