package dev.plimsoll.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What starts ingest again and again, sometimes a second one beside it, and what befalls its input.
 */
final class SimIngest {
    private final SimWorld world;
    private final SplittableRandom random;
    /** The last is the rightful one. */
    private final List<Started> started = new ArrayList<>();

    private long restartMillis;

    /** Who was replaced may sleep for long before it tries to write. */
    private record Started(SimIngestProcess process, long wakesMillis) {}

    SimIngest(SimWorld world) {
        this.world = world;
        this.random = world.random("ingest");
    }

    void act() {
        misfortune();
        if (!world.brokerIsUp() || random.nextInt(4) > 0) {
            return;
        }
        if (started.isEmpty() ? isDue() : world.faults.strikes(FaultKind.INGEST_IS_REPLACED)) {
            start();
        }
        if (started.isEmpty()) {
            return;
        }
        Started one = started.get(random.nextInt(started.size()));
        boolean paused = one == started.getLast() && world.faults.holds(FaultKind.INGEST_PAUSES);
        if (paused || world.nowMillis < one.wakesMillis()) {
            return;
        }
        one.process().act();
        if (one.process().ended()) {
            started.remove(one);
        }
    }

    private boolean isDue() {
        return world.calm || world.nowMillis >= restartMillis;
    }

    private void start() {
        boolean hidden = world.faults.holds(FaultKind.REJECTED_IS_HELD_BACK);
        if (hidden && world.plant != Plant.INGEST_READS_TO_STABLE_END) {
            // IngestSession.open waits until it can read to the end
            return;
        }
        if (!started.isEmpty()) {
            Started replaced = started.removeLast();
            started.add(new Started(replaced.process(), world.nowMillis + random.nextInt(10_000)));
        }
        // one that runs renews them
        if (started.isEmpty() && world.faults.strikes(FaultKind.INGEST_OFFSETS_EXPIRE)) {
            world.intake.offsets.clear();
        }
        world.timeline.note(() -> "ingest starts beside " + started.size());
        SimIngestProcess process = new SimIngestProcess(world, random);
        if (!process.ended()) {
            started.add(new Started(process, 0));
        }
    }

    private void misfortune() {
        SimIntakeTopics topics = world.intake;
        world.faults.take(FaultKind.INGEST_DIES).ifPresent(fault -> {
            if (!started.isEmpty()) {
                started.removeLast();
            }
            restartMillis = world.nowMillis + fault.millis();
        });
        for (int partition = 0; partition < SimIntakeTopics.PARTITIONS; partition++) {
            // read or not; what matters is what was not
            boolean unread = !topics.isIngested(partition);
            if (unread && world.faults.strikes(FaultKind.SAMPLES_ARE_DELETED, partition)) {
                topics.delete(partition, topics.samples.get(partition).size() - random.nextInt(2));
            }
        }
        if (!world.faults.holds(FaultKind.REJECTED_IS_HELD_BACK)) {
            topics.appendPlannerRejections();
            topics.stableRejected = topics.rejected.size();
        }
    }
}
