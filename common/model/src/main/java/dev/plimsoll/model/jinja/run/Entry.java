package dev.plimsoll.model.jinja.run;

import dev.plimsoll.model.jinja.value.Missing;

import java.util.ArrayList;
import java.util.List;

/** Begins a block: makes its scope and gives its variables their first values. */
final class Entry {

    private record Given(Symbols.Load load, int slot, String name, Symbols.Ref outer) {}

    private final List<Given> given = new ArrayList<>();
    private final Symbols symbols;

    Entry(Symbols symbols) {
        this.symbols = symbols;
        symbols.loads().forEach((name, load) -> {
            Symbols.Ref outer = load == Symbols.Load.ALIAS ? symbols.parent().find(name) : null;
            given.add(new Given(load, symbols.slot(name), name, outer));
        });
    }

    Scope enter(Scope parent) {
        return enter(parent.state, parent);
    }

    Scope enter(State state, Scope parent) {
        Scope scope = new Scope(state, parent, symbols.size());
        java.util.Arrays.fill(scope.values, Missing.MISSING);
        load(scope);
        return scope;
    }

    /** Gives the values again, for the next round of a loop. Parameters are left as they are. */
    void load(Scope scope) {
        for (Given each : given) {
            switch (each.load()) {
                case PARAMETER -> {}
                case RESOLVE -> scope.values[each.slot()] = scope.state.resolve(each.name());
                case ALIAS ->
                    scope.values[each.slot()] = scope.parent.up(each.outer().hops())
                            .values[each.outer().slot()];
                case UNDEFINED -> scope.values[each.slot()] = Missing.MISSING;
            }
        }
    }
}
