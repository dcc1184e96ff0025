package dev.plimsoll.model.jinja.run;

import dev.plimsoll.model.jinja.value.Args;
import dev.plimsoll.model.jinja.value.Dict;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Fn;
import dev.plimsoll.model.jinja.value.HasAttributes;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Repr;
import dev.plimsoll.model.jinja.value.Seq;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.StrBuilder;
import dev.plimsoll.model.jinja.value.Undef;

import java.util.List;
import java.util.Map;

/** A macro, or the body of a call block, with the variables around it. */
record Macro(Definition definition, Scope around) implements Fn, HasAttributes, Repr.Named {

    /** In operations; a call makes several objects. */
    private static final int COST = 20;

    /**
     * @param name null for the body of a call block
     * @param defaults null where a parameter has none
     * @param caller its place, or -1 if the body does not use it; so for the next two
     */
    record Definition(
            String name,
            List<String> parameters,
            int[] slots,
            Code[] defaults,
            int caller,
            int kwargs,
            int varargs,
            Entry entry,
            Step body) {}

    @Override
    public Object call(Args args) {
        Definition d = definition;
        around.state.budget.enter();
        around.state.budget.steps(COST);
        Scope scope = d.entry().enter(around);
        Map<String, Object> names = args.copyOfNames();
        int given = Math.min(args.places().size(), d.slots().length);
        for (int i = 0; i < d.slots().length; i++) {
            scope.values[d.slots()[i]] = i < given
                    ? args.places().get(i)
                    : names.containsKey(d.parameters().get(i))
                            ? names.remove(d.parameters().get(i))
                            : Missing.MISSING;
        }
        if (d.caller() >= 0) {
            Object caller = names.remove("caller");
            scope.values[d.caller()] =
                    caller == null ? new Undef("the macro is called without a block") : caller;
        }
        rest(args, names, scope);
        for (int i = 0; i < d.slots().length; i++) {
            if (scope.values[d.slots()[i]] == Missing.MISSING) {
                scope.values[d.slots()[i]] = d.defaults()[i] == null
                        ? new Undef("the parameter '" + d.parameters().get(i) + "' is not given")
                        : d.defaults()[i].eval(scope);
            }
        }
        StrBuilder out = new StrBuilder(around.state.budget);
        d.body().run(scope, out);
        around.state.budget.leave();
        return out.build();
    }

    private void rest(Args args, Map<String, Object> names, Scope scope) {
        Definition d = definition;
        if (d.kwargs() >= 0) {
            Dict rest = new Dict();
            names.forEach((name, value) -> rest.put(Str.of(name), value));
            scope.values[d.kwargs()] = rest;
        } else if (!names.isEmpty()) {
            throw Failure.type("the macro '" + d.name() + "' has no parameter '"
                    + names.keySet().iterator().next() + "'");
        }
        int count = d.slots().length;
        if (d.varargs() >= 0) {
            scope.values[d.varargs()] = Seq.tuple(args.from(count).places());
        } else if (args.places().size() > count) {
            throw Failure.type("the macro '" + d.name() + "' takes at most " + count
                    + " arguments and is given " + args.places().size());
        }
    }

    @Override
    public Object attribute(String name) {
        return switch (name) {
            case "name" -> definition.name() == null ? null : Str.of(definition.name());
            case "arguments" ->
                Seq.tuple(definition.parameters().stream()
                        .map(each -> (Object) Str.of(each))
                        .toList());
            case "catch_kwargs" -> definition.kwargs() >= 0;
            case "catch_varargs" -> definition.varargs() >= 0;
            case "caller" -> definition.caller() >= 0;
            case "explicit_caller" -> definition.parameters().contains("caller");
            default -> Missing.MISSING;
        };
    }

    @Override
    public String printed() {
        return definition.name() == null
                ? "<Macro anonymous>"
                : "<Macro '" + definition.name() + "'>";
    }

    @Override
    public String what() {
        return "macro";
    }
}
