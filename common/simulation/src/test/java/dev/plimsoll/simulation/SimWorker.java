package dev.plimsoll.simulation;

import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/** What starts a worker's process again and again, and what befalls it. */
final class SimWorker {
    private static final int LATEST_START_MILLIS = 15_000;

    private final SimWorld world;
    private final int index;
    private final SplittableRandom random;
    private final Runnable lost;
    private SimWorkerProcess process;
    private int incarnations;
    private long restartMillis;
    /** When it must have left, however much it still holds. */
    private long leaveMillis = Long.MAX_VALUE;

    private boolean gone;

    /** @param mayBeLost asked before it is gone for good */
    SimWorker(SimWorld world, int index, BooleanSupplier mayBeLost) {
        this.world = world;
        this.index = index;
        this.random = world.random("worker-" + index);
        this.lost = () -> gone = mayBeLost.getAsBoolean();
        this.restartMillis = random.nextInt(3) == 0 ? random.nextInt(LATEST_START_MILLIS) : 0;
    }

    boolean isGone() {
        return gone;
    }

    void act() {
        if (process == null) {
            boolean due = world.calm || world.nowMillis >= restartMillis;
            if (!gone
                    && due
                    && world.brokerIsUp()
                    && !world.faults.holds(FaultKind.WORKER_READS_NOTHING, index)) {
                process = new SimWorkerProcess(
                        world, index, "worker-" + index + "-" + ++incarnations, random);
                world.timeline.note(
                        () -> "worker-" + index + " starts as incarnation " + incarnations);
            }
            return;
        }
        misfortune();
        if (process == null || world.faults.holds(FaultKind.WORKER_PAUSES, index)) {
            return;
        }
        process.act();
        if (process.ended()) {
            process = null;
            leaveMillis = Long.MAX_VALUE;
            gone = world.truth.finished();
            restartMillis = world.nowMillis + random.nextInt(2_000);
        }
    }

    private void die(Fault fault) {
        process = null;
        leaveMillis = Long.MAX_VALUE;
        restartMillis = world.nowMillis + fault.millis();
    }

    private void misfortune() {
        world.faults.take(FaultKind.WORKER_DIES, index).ifPresent(this::die);
        if (process != null && world.truth.evaluations().areOpen()) {
            world.faults.take(FaultKind.WORKER_DIES_EVALUATING, index).ifPresent(this::die);
        }
        if (process != null && process.isAheadUnpublished()) {
            world.faults.take(FaultKind.WORKER_DIES_AHEAD, index).ifPresent(this::die);
        }
        if (world.faults.strikes(FaultKind.WORKER_IS_GONE_FOR_GOOD, index)) {
            lost.run();
            process = null;
        }
        if (process != null) {
            world.faults.take(FaultKind.WORKER_LEAVES, index).ifPresent(fault -> {
                process.stop();
                leaveMillis = world.nowMillis + fault.millis();
            });
            if (world.nowMillis >= leaveMillis) {
                process.stop();
            }
        }
    }
}
