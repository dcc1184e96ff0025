package dev.plimsoll.coordinator.planner.state;

import dev.plimsoll.wire.run.RunStart;

/**
 * How far the run is.
 *
 * @param nextStep the number of the next step to be opened; the first is 0, and none is used twice
 * @param stepsDone how many steps led to the version, those before the run's first included, and of
 *     those that lost all members how many were among them: where schedules are, and what the run's
 *     number of steps counts
 * @param updates how many optimizer updates led to the version, in the run and before: Adam's t
 * @param version of the adapter, committed; the first is 0
 * @param inputsLost offsets that were deleted before they were read
 * @param finishAsked what is admitted is trained, then the run ends
 */
public record RunStatus(
        long nextStep,
        long stepsDone,
        long updates,
        long version,
        long inputsLost,
        boolean paused,
        boolean finishAsked,
        boolean finished) {
    static final RunStatus START = new RunStatus(0, 0, 0, 0, 0, false, false, false);

    RunStatus after(RunStart start) {
        return at(nextStep, start.stepsDone(), start.updates(), version);
    }

    RunStatus opened() {
        return at(nextStep + 1, stepsDone, updates, version);
    }

    RunStatus committed(long newVersion) {
        return at(nextStep, stepsDone + 1, updates + 1, newVersion);
    }

    RunStatus dropped() {
        return at(nextStep, stepsDone + 1, updates, version);
    }

    RunStatus rolledBack(Checkpoint checkpoint, long newVersion) {
        return at(nextStep, checkpoint.stepsDone(), checkpoint.updates(), newVersion);
    }

    private RunStatus at(long step, long done, long updated, long newVersion) {
        return new RunStatus(
                step, done, updated, newVersion, inputsLost, paused, finishAsked, finished);
    }

    RunStatus withLost(long offsets) {
        return with(inputsLost + offsets, paused, finishAsked, finished);
    }

    RunStatus withPaused(boolean nowPaused) {
        return with(inputsLost, nowPaused, finishAsked, finished);
    }

    RunStatus withFinishAsked() {
        return with(inputsLost, paused, true, finished);
    }

    RunStatus withFinished() {
        return with(inputsLost, paused, finishAsked, true);
    }

    private RunStatus with(long lost, boolean nowPaused, boolean asked, boolean over) {
        return new RunStatus(nextStep, stepsDone, updates, version, lost, nowPaused, asked, over);
    }
}
