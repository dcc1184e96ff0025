package dev.plimsoll.coordinator.scaling;

import dev.plimsoll.coordinator.planner.state.AdmittedSample;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.RunStatus;
import dev.plimsoll.coordinator.planner.state.StepWork;
import dev.plimsoll.wire.run.StepSettings;

import java.util.stream.Stream;

/**
 * What a run has for workers to do, as the planner knows it. What lies in the topic
 * {@code tokenized} and was not read yet is not in it.
 *
 * @param openTokens of steps that are not committed
 * @param behindTokens in no step yet, where they may form one; later epochs of them too
 * @param nextOrdinal the place in {@code tokenized} up to where it was read
 * @param meanTokens of a sequence that waits, or else is in a step; 0 where there is none
 * @param stepsLeft that the run may still open; {@link Long#MAX_VALUE} where it has no end
 * @param stepSamples of a step at most
 * @param isEvaluating workers go forward only, over samples for evaluation
 */
public record RunWork(
        boolean finished,
        boolean paused,
        long openTokens,
        long behindTokens,
        long nextOrdinal,
        double meanTokens,
        long stepsLeft,
        int stepSamples,
        boolean isEvaluating) {

    /** Of a step that is filled by tokens. */
    private static final int MOST_SAMPLES = 16_384;

    public static RunWork of(PlannerState state) {
        StepSettings settings = state.run().steps();
        RunStatus status = state.status();
        double mean = meanTokens(state);
        long done = status.stepsDone() + state.steps().size();
        return new RunWork(
                status.finished(),
                status.paused(),
                openTokens(state),
                formsAStep(state) ? Math.round(mean * sequences(state)) : 0,
                state.backlog().nextOrdinal(),
                mean,
                settings.maxSteps() > 0 ? Math.max(0, settings.maxSteps() - done) : Long.MAX_VALUE,
                settings.samplesPerStep() > 0 ? settings.samplesPerStep() : MOST_SAMPLES,
                state.evaluations().open().isPresent());
    }

    private static Stream<AdmittedSample> open(PlannerState state) {
        return state.steps().stream().map(StepWork::step).flatMap(step -> step.members().stream());
    }

    private static long openTokens(PlannerState state) {
        return open(state).mapToLong(member -> member.sequence().tokens()).sum();
    }

    /** Of those that wait, else of those in open steps. */
    private static double meanTokens(PlannerState state) {
        int waiting = state.backlog().size();
        return waiting > 0
                ? (double) state.backlog().tokens() / waiting
                : (double) openTokens(state) / Math.max(1, open(state).count());
    }

    /** Fewer samples than a step takes wait for more, unless the run or its linger closes steps. */
    private static boolean formsAStep(PlannerState state) {
        StepSettings settings = state.run().steps();
        return state.backlog().fullStep(settings).isPresent()
                || state.status().finishAsked()
                || !settings.linger().isZero();
    }

    /** Those that a step may take now, and all of them again for each epoch to come. */
    private static double sequences(PlannerState state) {
        int ready = state.backlog().ready();
        int epochs = state.run().steps().epochs() - 1 - state.backlog().epoch();
        return state.status().finishAsked()
                ? ready
                        + (double) Math.max(0, epochs)
                                * (ready + open(state).count() + state.backlog().trained())
                : ready;
    }
}
