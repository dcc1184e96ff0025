package dev.plimsoll.worker.loop;

import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Command.OfMicroBatch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What this generation was ordered to do and has not begun, in the lane's order, with the sequences
 * of each micro-batch as they come.
 */
final class WorkQueue {

    private final Deque<Command.Queued> orders = new ArrayDeque<>();
    private final Map<Attempt, Fetched> fetched = new HashMap<>();
    /** They were handed back, or have failed. */
    private final Set<Attempt> gone = new HashSet<>();
    /** Contributions are numbered in the order in which they are asked for. */
    private long lastContribution = -1;

    /**
     * A micro-batch's sequences, or why they could not be read; both are null until it is known.
     */
    record Fetched(List<PackedSequence> sequences, String problem) {}

    /**
     * Whether the micro-batch waits, was handed back or has failed: then a command of it is a
     * repeated one.
     */
    boolean knows(Attempt attempt) {
        return fetched.containsKey(attempt) || gone.contains(attempt);
    }

    void add(OfMicroBatch microBatch) {
        orders.add(microBatch);
        fetched.put(microBatch.attempt(), new Fetched(null, null));
    }

    /** A repeated command of a contribution has no effect: its sum is on its way, or was. */
    void add(Command.Contribute contribute) {
        if (contribute.contribution() > lastContribution) {
            lastContribution = contribute.contribution();
            orders.add(contribute);
        }
    }

    void sequencesRead(Attempt attempt, List<PackedSequence> sequences) {
        fetched.computeIfPresent(attempt, (a, waiting) -> new Fetched(sequences, null));
    }

    void sequencesUnreadable(Attempt attempt, String problem) {
        fetched.computeIfPresent(attempt, (a, waiting) -> new Fetched(null, problem));
    }

    boolean isEmpty() {
        return orders.isEmpty();
    }

    /** What is next; null when nothing waits. */
    Command.Queued first() {
        return orders.peek();
    }

    /** Of a micro-batch that waits. */
    Fetched fetched(OfMicroBatch microBatch) {
        return fetched.get(microBatch.attempt());
    }

    /** What is next is begun, or needs not be done any more. */
    void removeFirst() {
        if (orders.remove() instanceof OfMicroBatch microBatch) {
            fetched.remove(microBatch.attempt());
        }
    }

    /**
     * A rollback made {@code version}: what was ordered before it is void. In the lane's order that
     * is all before the first micro-batch of that version or a later one.
     */
    void dropBefore(long version) {
        while (!orders.isEmpty()
                && !(first() instanceof OfMicroBatch microBatch
                        && microBatch.version() >= version)) {
            removeFirst();
        }
    }

    /** The micro-batches that wait. */
    List<OfMicroBatch> microBatches() {
        return orders.stream()
                .filter(OfMicroBatch.class::isInstance)
                .map(OfMicroBatch.class::cast)
                .toList();
    }

    Optional<OfMicroBatch> microBatch(Attempt attempt) {
        return microBatches().stream()
                .filter(microBatch -> microBatch.attempt().equals(attempt))
                .findFirst();
    }

    /** The planner gets the micro-batch back, waiting or not; a later command of it is void. */
    void handBack(OfMicroBatch microBatch) {
        orders.remove(microBatch);
        fetched.remove(microBatch.attempt());
        gone.add(microBatch.attempt());
    }

    /** The planner is told that it is in no sum; a later command of it is void. */
    void failed(OfMicroBatch microBatch) {
        gone.add(microBatch.attempt());
    }

    /**
     * Whether the contribution will not be what was asked for, as the planner knows: it was told of
     * each micro-batch that is gone, and asks again without it.
     */
    boolean isWithdrawn(Command.Contribute order) {
        return gone.stream()
                .anyMatch(attempt -> attempt.step() == order.step()
                        && order.attempts().contains(attempt.attempt()));
    }

    /** A new generation begins. */
    void clear() {
        orders.clear();
        fetched.clear();
        gone.clear();
        lastContribution = -1;
    }
}
