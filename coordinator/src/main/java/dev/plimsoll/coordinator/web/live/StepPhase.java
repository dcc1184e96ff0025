package dev.plimsoll.coordinator.web.live;

import dev.plimsoll.coordinator.web.history.StepTimes;

/** What a step waits for, one after the other; their times add up to the step's. */
enum StepPhase {
    /** Until a worker has something of it. */
    DISPATCH {
        @Override
        long end(StepTimes step) {
            return step.dispatched();
        }
    },
    /** Until the last micro-batch is trained. */
    TRAIN {
        @Override
        long end(StepTimes step) {
            return step.trained();
        }
    },
    /** Until the last worker's sum is here. */
    CONTRIBUTE {
        @Override
        long end(StepTimes step) {
            return step.contributed();
        }
    },
    /** Until the last shard has added them up. */
    SUM {
        @Override
        long end(StepTimes step) {
            return step.summed();
        }
    },
    /** Until the next version is there. */
    COMMIT {
        @Override
        long end(StepTimes step) {
            return step.ended();
        }
    };

    /** Milliseconds after the opening; below 0 where the step did not come there. */
    abstract long end(StepTimes step);

    /**
     * A step that skipped a phase spent no time in it, and neither did one whose phase was over
     * before the one ahead of it.
     */
    long millis(StepTimes step) {
        long before = 0;
        for (StepPhase phase : values()) {
            if (phase == this) {
                return Math.max(0, end(step) - before);
            }
            before = Math.max(before, phase.end(step));
        }
        throw new IllegalStateException(name());
    }
}
