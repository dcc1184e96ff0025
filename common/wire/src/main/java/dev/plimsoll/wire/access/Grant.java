package dev.plimsoll.wire.access;

import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a party may do with a resource of the broker.
 *
 * @param name of the resource; with {@code prefixed} of every one whose name begins so
 */
public record Grant(Kind kind, String name, boolean prefixed, SortedSet<Operation> operations) {

    /** Kinds of resources. */
    public enum Kind {
        TOPIC("topic"),
        GROUP("consumer group"),
        TRANSACTIONAL_ID("transactional id");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }

    public Grant {
        if (name.isEmpty() || operations.isEmpty()) {
            throw new IllegalArgumentException(
                    "a grant needs a name and an operation: " + kind + " '" + name + "'");
        }
        operations = Collections.unmodifiableSortedSet(new TreeSet<>(operations));
    }

    static Grant topic(String name, Operation... operations) {
        return new Grant(Kind.TOPIC, name, false, new TreeSet<>(java.util.List.of(operations)));
    }

    static Grant groups(String prefix) {
        return new Grant(
                Kind.GROUP, prefix, true, new TreeSet<>(java.util.List.of(Operation.READ)));
    }

    static Grant transactions(String name, boolean prefixed) {
        return new Grant(
                Kind.TRANSACTIONAL_ID,
                name,
                prefixed,
                new TreeSet<>(java.util.List.of(Operation.WRITE)));
    }

    /** The same with other operations. */
    public Grant with(Collection<Operation> others) {
        return new Grant(kind, name, prefixed, new TreeSet<>(others));
    }

    /** E.g. "topic run.samples", or "transactional ids run-shard-*". */
    public String resource() {
        return kind.words() + (prefixed ? "s " + name + "*" : " " + name);
    }

    /**
     * Why a party cannot work, as one sentence.
     *
     * @param missing which of the operations its user is not allowed
     */
    public String refusal(Party party, Operation missing) {
        return "the broker does not let this user " + missing.verb() + " " + resource()
                + ", which the party " + party.title() + " needs; allow " + missing + " on it"
                + " (`plimsoll access " + party.title() + "` lists what is needed)";
    }
}
