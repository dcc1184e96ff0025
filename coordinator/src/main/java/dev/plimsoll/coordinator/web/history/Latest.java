package dev.plimsoll.coordinator.web.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The latest of many things, each with its number: how many came before it. Safe for use by several
 * threads.
 *
 * @param <T> immutable
 */
public final class Latest<T> {

    private final int most;
    private final Deque<T> kept = new ArrayDeque<>();
    private long count;

    /** @param most that are kept */
    public Latest(int most) {
        this.most = most;
    }

    public synchronized void add(T thing) {
        kept.addLast(thing);
        count++;
        if (kept.size() > most) {
            kept.removeFirst();
        }
    }

    /** How many there ever were. */
    public synchronized long count() {
        return count;
    }

    public synchronized Optional<T> last() {
        return Optional.ofNullable(kept.peekLast());
    }

    /** The last {@code limit} that are kept, in their order. */
    public synchronized List<T> last(int limit) {
        List<T> all = new ArrayList<>(kept);
        return List.copyOf(all.subList(Math.max(0, all.size() - limit), all.size()));
    }

    /**
     * What came after the first {@code seen}.
     *
     * @param things those of them that are kept, in their order
     * @param seen what to ask with the next time
     */
    public record News<T>(List<T> things, long seen) {}

    public synchronized News<T> since(long seen) {
        long fresh = Math.max(0, count - seen);
        return new News<>(last((int) Math.min(fresh, most)), count);
    }
}
