package dev.plimsoll.coordinator.scaling;

import dev.plimsoll.model.scaling.Demand;
import dev.plimsoll.wire.journal.StepRecord;

import java.util.List;

/**
 * How fast workers are, by the last committed steps and by what workers tell.
 *
 * @param stepTokens of one step; 0 while none was committed
 * @param tokensPerSecond of one worker while it computes; 0 while none has
 * @param exchangeSeconds of a step of several workers, in which none computes; 0 where no step had
 *     several
 */
public record FleetSpeed(long stepTokens, double tokensPerSecond, double exchangeSeconds) {

    private static final double MILLIS = 1e3;

    /**
     * @param last committed steps, the newest last
     * @param toldTokensPerSecond that one worker tells on average; 0 where none computes
     */
    public static FleetSpeed of(List<StepRecord> last, double toldTokensPerSecond) {
        List<StepRecord> steps = last.stream()
                .filter(step -> step.counts().workers() > 0 && step.rates().stepMillis() > 0)
                .toList();
        if (steps.isEmpty()) {
            return new FleetSpeed(0, toldTokensPerSecond, 0);
        }
        long tokens = Math.round(steps.stream()
                .mapToLong(step -> step.counts().tokens())
                .average()
                .orElseThrow());
        // in a step nobody computes faster than it can
        double inSteps = steps.stream().mapToDouble(FleetSpeed::ofOne).max().orElseThrow();
        double speed = Math.max(inSteps, toldTokensPerSecond);
        return new FleetSpeed(tokens, speed, exchangeSeconds(steps, speed));
    }

    /** The median over steps of several workers. */
    private static double exchangeSeconds(List<StepRecord> steps, double speed) {
        double[] found = steps.stream()
                .filter(step -> step.counts().workers() > 1)
                .mapToDouble(step -> seconds(step)
                        - step.counts().tokens() / speed / step.counts().workers())
                .sorted()
                .toArray();
        return found.length == 0 ? 0 : Math.max(0, found[found.length / 2]);
    }

    private static double seconds(StepRecord step) {
        return step.rates().stepMillis() / MILLIS;
    }

    private static double ofOne(StepRecord step) {
        return step.counts().tokens() / seconds(step) / step.counts().workers();
    }

    /**
     * @param unreadSequences that lie in {@code tokenized} beyond what the planner has read
     * @param workers of the fleet
     */
    public Demand demand(RunWork work, long unreadSequences, int workers) {
        double behind = work.behindTokens() + unreadSequences * work.meanTokens();
        if (stepTokens > 0 && work.stepsLeft() < Long.MAX_VALUE) {
            behind = Math.min(behind, (double) work.stepsLeft() * stepTokens);
        } else if (work.stepsLeft() == 0) {
            behind = 0;
        }
        long evaluated = work.isEvaluating() ? 1 : 0;
        return new Demand(
                work.openTokens() + Math.round(behind) + evaluated,
                stepTokens,
                Math.max(1, work.stepSamples()),
                workers,
                tokensPerSecond,
                exchangeSeconds);
    }
}
