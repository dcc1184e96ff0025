package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.state.AdmittedSample;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.RetryLimits;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Composer;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.SequenceRef;

import org.pcollections.TreePSet;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The open step's waiting sequences while they are dispatched. Those that failed before are packed
 * only among their like, and first: they hold the step up, and would spoil the others'
 * micro-batches.
 */
final class WaitingPool {
    /** Bounds a command to a third of a megabyte. */
    static final int MAX_SEQUENCES = 4_096;

    private static final Likeness UNTROUBLED = Likeness.of(RetryLimits.NONE);

    private final OpenStep step;
    private final TreeMap<Likeness, TreePSet<SequenceRef>> groups = new TreeMap<>();

    /** Strictest first: fewest sequences, then the fullest plan. */
    private record Likeness(int maxSequences, boolean fullestPlan) implements Comparable<Likeness> {
        static Likeness of(RetryLimits trouble) {
            int most = trouble.maxSequences() == 0 ? MAX_SEQUENCES : trouble.maxSequences();
            return new Likeness(most, trouble.fullestPlan());
        }

        @Override
        public int compareTo(Likeness other) {
            return maxSequences != other.maxSequences
                    ? Integer.compare(maxSequences, other.maxSequences)
                    : Boolean.compare(other.fullestPlan, fullestPlan);
        }
    }

    /** A micro-batch composed for a worker. */
    record Composed(List<SequenceRef> sequences, MemoryPlan plan) {
        List<Long> ordinals() {
            return sequences.stream().map(SequenceRef::ordinal).toList();
        }
    }

    WaitingPool(OpenStep step) {
        this.step = step;
        groups.put(UNTROUBLED, step.untroubled());
        for (long ordinal : step.troubled()) {
            TreePSet<SequenceRef> one =
                    TreePSet.singleton(Composer.BY_LENGTH, step.member(ordinal).sequence());
            groups.merge(Likeness.of(step.trouble(ordinal)), one, TreePSet::plusAll);
        }
    }

    /** Takes out the next micro-batch for the worker; none when nothing that waits may go to it. */
    Optional<Composed> next(Worker worker, WorkerCapacity loads, long targetTokens) {
        for (Map.Entry<Likeness, TreePSet<SequenceRef>> group : groups.entrySet()) {
            Likeness like = group.getKey();
            int maxTokens = loads.maxTokens(worker, like.fullestPlan(), targetTokens);
            List<SequenceRef> packed =
                    Composer.pack(fit(group.getValue(), worker), maxTokens, like.maxSequences());
            if (!packed.isEmpty()) {
                packed.forEach(sequence -> group.setValue(group.getValue().minus(sequence)));
                int tokens = packed.stream().mapToInt(SequenceRef::tokens).sum();
                return Optional.of(
                        new Composed(packed, loads.plan(worker, like.fullestPlan(), tokens)));
            }
        }
        return Optional.empty();
    }

    /** Few of a group do not fit; none where the group never failed. */
    private TreePSet<SequenceRef> fit(TreePSet<SequenceRef> group, Worker worker) {
        TreePSet<SequenceRef> fit = group;
        for (long ordinal : step.troubled()) {
            AdmittedSample sample = step.member(ordinal);
            fit = fits(sample.sequence(), worker) ? fit : fit.minus(sample.sequence());
        }
        return fit;
    }

    private boolean fits(SequenceRef sequence, Worker worker) {
        return !step.trouble(sequence.ordinal()).unfitWorkers().contains(worker.workerId());
    }
}
