package dev.plimsoll.model.jinja.run;

import dev.plimsoll.model.jinja.parse.Expr;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Namespace;
import dev.plimsoll.model.jinja.value.Py;
import dev.plimsoll.model.jinja.value.Str;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Makes code of places to assign to. */
final class Targets {

    /** A place, ready to be assigned to. */
    interface Place {
        void set(Scope scope, Object value);
    }

    private Targets() {}

    static Place place(Expr target, Frame frame) {
        return switch (target) {
            case Expr.Name name -> {
                Symbols.Ref ref = ExprCompiler.ref(name.name(), name.line(), frame);
                int hops = ref.hops();
                int slot = ref.slot();
                yield (scope, value) -> scope.up(hops).values[slot] = value;
            }
            case Expr.SpaceRef reference -> {
                Symbols.Ref ref = ExprCompiler.ref(reference.space(), reference.line(), frame);
                Str name = Str.of(reference.attribute());
                yield (scope, value) -> {
                    Object space = scope.up(ref.hops()).values[ref.slot()];
                    ((Namespace) space).attributes().put(name, value);
                };
            }
            case Expr.TupleOf tuple ->
                unpacking(tuple.items().stream().map(item -> place(item, frame)).toList());
            default ->
                throw new Failure(
                        Failure.Kind.SYNTAX, target.line(), "nothing can be assigned to this");
        };
    }

    private static Place unpacking(List<Place> places) {
        return (scope, value) -> {
            Iterator<Object> items =
                    Py.iterate(value, "several names are assigned", scope.state.budget);
            List<Object> values = new ArrayList<>();
            while (items.hasNext() && values.size() <= places.size()) {
                values.add(items.next());
            }
            if (values.size() != places.size()) {
                throw Failure.type(places.size() + " names are assigned "
                        + (values.size() > places.size() ? "more" : "only " + values.size())
                        + " values");
            }
            for (int i = 0; i < places.size(); i++) {
                places.get(i).set(scope, values.get(i));
            }
        };
    }

    /** Refuses whatever has its attributes assigned and is no namespace. */
    static void check(Expr target, Frame frame, List<Code> checks) {
        switch (target) {
            case Expr.SpaceRef reference -> {
                Symbols.Ref ref = ExprCompiler.ref(reference.space(), reference.line(), frame);
                checks.add(scope -> {
                    if (!(scope.up(ref.hops()).values[ref.slot()] instanceof Namespace)) {
                        throw Failure.type("'" + reference.space() + "." + reference.attribute()
                                + "' is assigned and '" + reference.space()
                                + "' is no namespace");
                    }
                    return null;
                });
            }
            case Expr.TupleOf tuple -> tuple.items().forEach(item -> check(item, frame, checks));
            default -> {}
        }
    }
}
