package dev.plimsoll.worker.loop;

import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the engine's gradient sum holds: the attempts of one step. Kept beside the sum, zeroed with
 * it (protocol rule 7).
 */
final class SumLedger {

    private long step = -1;
    private long version = -1;
    private final List<TrainedAttempt> attempts = new ArrayList<>();

    /** Whether the sum must be zeroed before an attempt of this step may enter. */
    boolean belongsToAnother(long otherStep) {
        return !attempts.isEmpty() && step != otherStep;
    }

    /**
     * Whether the step has ended without it: it is committed, or abandoned by a rollback.
     *
     * @param committed the newest version that is known to be committed
     */
    boolean isOver(long committed) {
        return !attempts.isEmpty() && version < committed;
    }

    /** Whether the attempt is in it. */
    boolean holds(Attempt attempt) {
        return step == attempt.step()
                && attempts.stream().anyMatch(held -> held.attempt() == attempt.attempt());
    }

    /**
     * Whether it is all that the order is about: exactly these attempts, trained on this version.
     */
    boolean isAllOf(Command.Contribute order, long ofVersion) {
        return !attempts.isEmpty()
                && step == order.step()
                && version == ofVersion
                && attempts.stream()
                        .map(TrainedAttempt::attempt)
                        .sorted()
                        .toList()
                        .equals(order.attempts().stream().sorted().toList());
    }

    /** Whether it would be all that the order is about with this micro-batch. */
    boolean becomesAllOf(Command.Contribute order, Command.TrainMicroBatch last) {
        boolean fits = last.attempt().step() == order.step()
                && (attempts.isEmpty() || step == order.step() && version == last.version());
        return fits
                && Stream.concat(
                                attempts.stream().map(TrainedAttempt::attempt),
                                Stream.of(last.attempt().attempt()))
                        .sorted()
                        .toList()
                        .equals(order.attempts().stream().sorted().toList());
    }

    /** @param ofVersion that it was trained on */
    void add(Attempt attempt, long ofVersion, List<Long> ordinals) {
        if (belongsToAnother(attempt.step())) {
            throw new IllegalStateException(
                    "attempt " + attempt + " would enter the sum of step " + step);
        }
        step = attempt.step();
        version = ofVersion;
        attempts.add(new TrainedAttempt(attempt.attempt(), ordinals));
    }

    boolean isEmpty() {
        return attempts.isEmpty();
    }

    void clear() {
        attempts.clear();
        step = -1;
    }

    /** What the sum says of itself when it is published, whatever the planner believes. */
    ContributionManifest manifest(
            long contribution, String workerId, long generation, long askedStep) {
        return new ContributionManifest(contribution, workerId, generation, askedStep, attempts);
    }
}
