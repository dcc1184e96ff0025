package dev.plimsoll.model.jinja.run;

/** The variables of a block while it runs. */
final class Scope {
    final State state;
    final Scope parent;
    final Object[] values;

    Scope(State state, Scope parent, int size) {
        this.state = state;
        this.parent = parent;
        this.values = new Object[size];
    }

    Scope up(int hops) {
        Scope scope = this;
        for (int i = 0; i < hops; i++) {
            scope = scope.parent;
        }
        return scope;
    }
}
