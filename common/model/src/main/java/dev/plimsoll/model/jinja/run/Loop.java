package dev.plimsoll.model.jinja.run;

import dev.plimsoll.model.jinja.value.Args;
import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Fn;
import dev.plimsoll.model.jinja.value.HasAttributes;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Py;
import dev.plimsoll.model.jinja.value.Repr;
import dev.plimsoll.model.jinja.value.Seq;
import dev.plimsoll.model.jinja.value.Undef;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The variable {@code loop}. It looks one item ahead only when asked. */
final class Loop implements Fn, HasAttributes, Py.Sized, Repr.Named {

    /** Renders the body of a recursive loop over other items. */
    interface Recursion {
        Object render(Object items, int depth);
    }

    private final Budget budget;
    private final Recursion recursion;
    private final int depth;
    private Iterator<Object> items;
    private long length;
    private long index = -1;
    private Object before = Missing.MISSING;
    private Object current = Missing.MISSING;
    private Object after = Missing.MISSING;
    private Object changed = Missing.MISSING;

    /**
     * @param length -1 if it is not known
     * @param recursion null if the loop is not recursive
     */
    Loop(Iterator<Object> items, long length, Recursion recursion, int depth, Budget budget) {
        this.items = items;
        this.length = length;
        this.recursion = recursion;
        this.depth = depth;
        this.budget = budget;
    }

    boolean hasNext() {
        return after != Missing.MISSING || items.hasNext();
    }

    Object next() {
        Object next = after != Missing.MISSING ? after : items.next();
        after = Missing.MISSING;
        index++;
        before = current;
        current = next;
        return next;
    }

    private Object peek() {
        if (after == Missing.MISSING && items.hasNext()) {
            after = items.next();
        }
        return after;
    }

    private long length() {
        if (length < 0) {
            List<Object> rest = new ArrayList<>();
            items.forEachRemaining(rest::add);
            items = rest.iterator();
            length = rest.size() + index + 1 + (after == Missing.MISSING ? 0 : 1);
        }
        return length;
    }

    @Override
    public int size() {
        return (int) length();
    }

    @Override
    public Object attribute(String name) {
        return switch (name) {
            case "index" -> index + 1;
            case "index0" -> index;
            case "revindex" -> length() - index;
            case "revindex0" -> length() - index - 1;
            case "first" -> index == 0;
            case "last" -> peek() == Missing.MISSING;
            case "length" -> length();
            case "depth" -> (long) depth + 1;
            case "depth0" -> (long) depth;
            case "previtem" -> index == 0 ? new Undef("there is no previous item") : before;
            case "nextitem" ->
                peek() == Missing.MISSING ? new Undef("there is no next item") : after;
            case "cycle" -> (Fn) this::cycle;
            case "changed" -> (Fn) this::changed;
            default -> Missing.MISSING;
        };
    }

    private Object cycle(Args args) {
        if (args.places().isEmpty() || !args.names().isEmpty()) {
            throw Failure.type("'loop.cycle' needs at least one value, by place");
        }
        return args.places().get((int) (index % args.places().size()));
    }

    private Object changed(Args args) {
        Object now = Seq.tuple(args.places());
        if (changed != Missing.MISSING && Py.equal(changed, now, budget)) {
            return false;
        }
        changed = now;
        return true;
    }

    @Override
    public Object call(Args args) {
        if (args.places().size() != 1 || !args.names().isEmpty()) {
            throw Failure.type("'loop' is called with one list");
        }
        if (recursion == null) {
            throw Failure.type("'loop' is called in a loop that is not recursive");
        }
        return recursion.render(args.places().get(0), depth + 1);
    }

    @Override
    public String printed() {
        return "<LoopContext " + (index + 1) + "/" + length() + ">";
    }

    @Override
    public String what() {
        return "loop";
    }
}
