package dev.plimsoll.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Who submits: a producer that is not transactional. It may send a record twice, or again later,
 * into another partition, and it may be started again from the beginning.
 */
final class SimSubmitter {
    /** All is submitted by then. */
    private static final long STREAM_MILLIS = Scenario.CHAOTIC_ACTIONS * 3 / 4 * 10L;
    /** A stream, or a file at once. */
    private static final long[] SUBMITTING_MILLIS = {STREAM_MILLIS, STREAM_MILLIS, 500};

    private final SimWorld world;
    private final SplittableRandom random;
    private final List<Again> again = new ArrayList<>();
    private final long submittingMillis;
    private int next;

    private record Again(SimSubmission submission, long dueMillis) {}

    SimSubmitter(SimWorld world) {
        this.world = world;
        this.random = world.random("submitter");
        this.submittingMillis = SUBMITTING_MILLIS[
                world.scenario.isLong()
                        ? SUBMITTING_MILLIS.length - 1
                        : world.random("stream").nextInt(SUBMITTING_MILLIS.length)];
    }

    void act() {
        List<SimSubmission> plan = world.submissions;
        while (next < plan.size() && isDue(submittingMillis * next / plan.size())) {
            SimSubmission submission = plan.get(next++);
            send(submission);
            if (world.faults.strikes(FaultKind.SUBMITTER_SENDS_TWICE)) {
                send(submission);
            }
            world.faults
                    .take(FaultKind.SUBMITTER_SENDS_AGAIN_LATER)
                    .ifPresent(fault ->
                            again.add(new Again(submission, world.nowMillis + fault.millis())));
            if (world.faults.strikes(FaultKind.SUBMITTER_STARTS_OVER)) {
                startOver();
            }
        }
        for (Again due : List.copyOf(again)) {
            if (isDue(due.dueMillis())) {
                again.remove(due);
                send(due.submission());
            }
        }
    }

    /** Once nothing goes wrong any more, all at once. */
    private boolean isDue(long dueMillis) {
        return world.brokerIsUp() && (world.calm || dueMillis <= world.nowMillis);
    }

    /** What has no id would be other samples: somebody who submits again gives ids. */
    private void startOver() {
        world.submissions.subList(0, next).stream()
                .filter(submission -> submission.id().isPresent())
                .forEach(this::send);
    }

    private void send(SimSubmission submission) {
        world.intake.submit(submission, random.nextInt(SimIntakeTopics.PARTITIONS));
    }
}
