package dev.plimsoll.coordinator.planner;

/**
 * How far the run is.
 *
 * @param nextStep the number of the next step to be opened or, while one is open, of that step; the first is 0
 * @param version of the adapter, committed on every shard; the first is 0
 * @param inputsLost offsets that were deleted before they were read
 * @param finishAsked what is admitted is trained, then the run ends
 */
public record Progress(
        long nextStep, long version, long inputsLost, boolean paused, boolean finishAsked, boolean finished) {
    static final Progress START = new Progress(0, 0, 0, false, false, false);

    Progress committed(long newVersion) {
        return new Progress(nextStep + 1, newVersion, inputsLost, paused, finishAsked, finished);
    }

    Progress dropped() {
        return new Progress(nextStep + 1, version, inputsLost, paused, finishAsked, finished);
    }

    Progress withLost(long offsets) {
        return new Progress(nextStep, version, inputsLost + offsets, paused, finishAsked, finished);
    }

    Progress withPaused(boolean nowPaused) {
        return new Progress(nextStep, version, inputsLost, nowPaused, finishAsked, finished);
    }

    Progress withFinishAsked() {
        return new Progress(nextStep, version, inputsLost, paused, true, finished);
    }

    Progress withFinished() {
        return new Progress(nextStep, version, inputsLost, paused, finishAsked, true);
    }
}
