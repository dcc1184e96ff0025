package dev.plimsoll.coordinator.planner.state;

/**
 * How far the run is.
 *
 * @param nextStep the number of the next step to be opened or, while one is open, of that step; the
 *     first is 0
 * @param undoneSteps of them, how many rollbacks undid
 * @param version of the adapter, committed on every shard; the first is 0
 * @param inputsLost offsets that were deleted before they were read
 * @param finishAsked what is admitted is trained, then the run ends
 */
public record RunStatus(
        long nextStep,
        long undoneSteps,
        long version,
        long inputsLost,
        boolean paused,
        boolean finishAsked,
        boolean finished) {
    static final RunStatus START = new RunStatus(0, 0, 0, 0, false, false, false);

    /**
     * How many steps led to the version: where schedules are, and what the run's number of steps
     * counts.
     */
    public long stepsDone() {
        return nextStep - undoneSteps;
    }

    RunStatus committed(long newVersion) {
        return new RunStatus(
                nextStep + 1, undoneSteps, newVersion, inputsLost, paused, finishAsked, finished);
    }

    RunStatus dropped() {
        return new RunStatus(
                nextStep + 1, undoneSteps, version, inputsLost, paused, finishAsked, finished);
    }

    RunStatus rolledBack(Checkpoint checkpoint, long newVersion) {
        return new RunStatus(
                nextStep,
                nextStep - checkpoint.stepsDone(),
                newVersion,
                inputsLost,
                paused,
                finishAsked,
                finished);
    }

    RunStatus withLost(long offsets) {
        return new RunStatus(
                nextStep,
                undoneSteps,
                version,
                inputsLost + offsets,
                paused,
                finishAsked,
                finished);
    }

    RunStatus withPaused(boolean nowPaused) {
        return new RunStatus(
                nextStep, undoneSteps, version, inputsLost, nowPaused, finishAsked, finished);
    }

    RunStatus withFinishAsked() {
        return new RunStatus(nextStep, undoneSteps, version, inputsLost, paused, true, finished);
    }

    RunStatus withFinished() {
        return new RunStatus(nextStep, undoneSteps, version, inputsLost, paused, finishAsked, true);
    }
}
