package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.state.AdmittedSample;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.RetryLimits;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Composer;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.wire.protocol.SequenceRef;

import org.pcollections.TreePSet;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The open step's waiting sequences while they are dispatched. Sequences that failed before are
 * packed first, and only with sequences of the same limits: they hold the step up, and would make
 * the others' micro-batches smaller.
 */
final class WaitingPool {
    /** Bounds a command to a third of a megabyte. */
    static final int MAX_SEQUENCES = 4_096;

    private static final GroupKey NEVER_FAILED = GroupKey.of(RetryLimits.NONE);

    private final OpenStep step;
    private final TreeMap<GroupKey, TreePSet<SequenceRef>> groups = new TreeMap<>();

    /** Strictest first: fewest sequences, then the fullest plan. */
    private record GroupKey(int maxSequences, boolean fullestPlan) implements Comparable<GroupKey> {
        static GroupKey of(RetryLimits limits) {
            int most = limits.maxSequences() == 0 ? MAX_SEQUENCES : limits.maxSequences();
            return new GroupKey(most, limits.fullestPlan());
        }

        @Override
        public int compareTo(GroupKey other) {
            return maxSequences != other.maxSequences
                    ? Integer.compare(maxSequences, other.maxSequences)
                    : Boolean.compare(other.fullestPlan, fullestPlan);
        }
    }

    /** A micro-batch composed for a worker. */
    record Composed(List<SequenceRef> sequences, Loading.Planned planned) {
        List<Long> ordinals() {
            return sequences.stream().map(SequenceRef::ordinal).toList();
        }
    }

    WaitingPool(OpenStep step) {
        this.step = step;
        groups.put(NEVER_FAILED, step.neverFailed());
        for (long ordinal : step.failedBefore()) {
            TreePSet<SequenceRef> one =
                    TreePSet.singleton(Composer.BY_LENGTH, step.member(ordinal).sequence());
            groups.merge(GroupKey.of(step.retryLimits(ordinal)), one, TreePSet::plusAll);
        }
    }

    /** Takes out the next micro-batch for the worker; none when nothing that waits may go to it. */
    Optional<Composed> next(Worker worker, WorkerCapacity loads, long targetTokens) {
        for (Map.Entry<GroupKey, TreePSet<SequenceRef>> group : groups.entrySet()) {
            GroupKey key = group.getKey();
            TreePSet<SequenceRef> fit = fit(group.getValue(), worker);
            if (!fit.isEmpty()) {
                Loading.Load load = loads.load(
                        worker, key.fullestPlan(), targetTokens, fit.last().tokens());
                List<SequenceRef> packed = Composer.pack(fit, load.maxTokens(), key.maxSequences());
                packed.forEach(sequence -> group.setValue(group.getValue().minus(sequence)));
                return Optional.of(
                        new Composed(packed, loads.plan(worker, key.fullestPlan(), load, packed)));
            }
        }
        return Optional.empty();
    }

    /** Few of a group do not fit; none where the group never failed. */
    private TreePSet<SequenceRef> fit(TreePSet<SequenceRef> group, Worker worker) {
        TreePSet<SequenceRef> fit = group;
        for (long ordinal : step.failedBefore()) {
            AdmittedSample sample = step.member(ordinal);
            fit = fits(sample.sequence(), worker) ? fit : fit.minus(sample.sequence());
        }
        return fit;
    }

    private boolean fits(SequenceRef sequence, Worker worker) {
        return !step.retryLimits(sequence.ordinal()).unfitWorkers().contains(worker.workerId());
    }
}
