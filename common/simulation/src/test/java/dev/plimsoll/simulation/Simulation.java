package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.protocol.Control;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One run from first sample to finish, in one thread: the scenario decides who acts next and what
 * goes wrong. After a while nothing goes wrong any more, and the run must end.
 */
final class Simulation {
    /**
     * Without headway, 57 s or so: the planner's deadline is longer, or it would hide a worker that
     * waits in vain.
     */
    private static final int PATIENCE_ACTIONS = 6_000;
    /** After a command was missed, only that deadline helps. */
    private static final int PATIENCE_ACTIONS_WITH_DEADLINE = 15_000;

    private static final int ACTIONS_AFTER_THE_END = 400;

    private static final int ACTIONS_TO_RELEASE = 2_000;

    private static final List<FaultKind> SOURCE_FAULTS = List.of(
            FaultKind.OPERATOR_ADDS_SOURCE,
            FaultKind.OPERATOR_PAUSES_SOURCE,
            FaultKind.OPERATOR_RESUMES_SOURCE,
            FaultKind.OPERATOR_REMOVES_SOURCE,
            FaultKind.OPERATOR_WEIGHS_SOURCE);

    /** In every so many actions, ingest has one. */
    private static final int[] INGEST_PACES = {1, 1, 1, 40};

    private final SimWorld world;
    private final SplittableRandom random;
    private final SplittableRandom operator;
    private final int ingestPace;
    private final SimSubmitter submitter;
    private final SimIngest ingest;
    private final SimStranger stranger;
    private final SimCoordinator coordinator;
    private final List<Runnable> actors = new ArrayList<>();
    private final List<SimWorker> workers = new ArrayList<>();
    private int action;
    private int releaseAtAction = -1;
    private int nextFault;

    Simulation(Scenario scenario, boolean kept) {
        world = new SimWorld(scenario, kept);
        random = world.random("turns");
        operator = world.random("operator");
        ingestPace = INGEST_PACES[world.random("ingest-pace").nextInt(INGEST_PACES.length)];
        submitter = new SimSubmitter(world);
        ingest = new SimIngest(world);
        stranger = new SimStranger(world);
        coordinator = new SimCoordinator(world);
        for (int i = 0; i < 3; i++) {
            actors.add(coordinator::act);
        }
        for (int i = 0; i < scenario.workers(); i++) {
            SimWorker worker = new SimWorker(world, i, this::mayLoseAWorker);
            workers.add(worker);
            actors.add(worker::act);
        }
        for (int shard = 0; shard < scenario.shards(); shard++) {
            actors.add(new SimShard(world, shard)::act);
        }
    }

    SimWorld world() {
        return world;
    }

    /** Throws AssertionError, or what a driver or state throws, when something is wrong. */
    SimWorld run() {
        if (SimEvaluations.areThere(world.scenario.seed())) {
            ask(world.sources.hold());
        }
        while (action < Scenario.CHAOTIC_ACTIONS) {
            goWrong();
            next();
        }
        calmDown();
        awaitTheEnd();
        assertThat(world.truth.finished()).as("the run ends").isTrue();
        for (int i = 0; i < ACTIONS_AFTER_THE_END; i++) {
            next();
        }
        world.truth.requireComplete();
        assertThat(SimPlanner.replay(world.kafka.journal))
                .as("the journal says what the planner knows")
                .isEqualTo(coordinator.state());
        return world;
    }

    private void awaitTheEnd() {
        boolean missed = world.faults.struck().contains(FaultKind.WORKER_MISSES_COMMAND);
        int patience = missed ? PATIENCE_ACTIONS_WITH_DEADLINE : PATIENCE_ACTIONS;
        int last = action + patience;
        int headway = world.truth.headway();
        while (action < last && !world.truth.finished()) {
            release();
            next();
            if (world.truth.headway() > headway) {
                headway = world.truth.headway();
                last = action + patience;
            }
        }
    }

    private void calmDown() {
        world.calm = true;
        world.timeline.note(() -> "nothing goes wrong any more");
        world.faults.end();
        submitter.act();
        world.kafka.controls.add(new Control.Resume("simulator"));
        world.kafka.controls.add(new Control.Finish("simulator"));
        // they pass the Finish while it is held
        world.kafka.controls.add(new Control.Pause("simulator"));
        world.kafka.controls.add(new Control.Resume("simulator"));
        if (!SimSources.areSeveral(world.scenario.seed())) {
            return;
        }
        releaseAtAction = action + operator.nextInt(ACTIONS_TO_RELEASE);
    }

    /** Some time after the Finish: until then a paused source keeps the run open. */
    private void release() {
        if (action == releaseAtAction) {
            world.sources.release().forEach(this::ask);
        }
    }

    private void goWrong() {
        List<Fault> faults = world.scenario.faults();
        while (nextFault < faults.size() && faults.get(nextFault).atAction() <= action) {
            world.faults.begin(faults.get(nextFault++));
        }
        world.faults
                .take(FaultKind.CLOCK_JUMPS)
                .ifPresent(jump -> world.clockOffMillis += jump.millis());
        if (world.faults.strikes(FaultKind.OPERATOR_PAUSES)) {
            world.kafka.controls.add(new Control.Pause("simulator"));
        }
        if (world.faults.strikes(FaultKind.OPERATOR_RESUMES)) {
            world.kafka.controls.add(new Control.Resume("simulator"));
        }
        if (world.faults.strikes(FaultKind.OPERATOR_ASKS_FOR_CHECKPOINT)) {
            ask(new Control.Checkpoint(name(), "request-" + action, "simulator"));
        }
        if (world.faults.strikes(FaultKind.OPERATOR_ROLLS_BACK)
                || coordinator.isAhead()
                        && world.faults.strikes(FaultKind.OPERATOR_ROLLS_BACK_AHEAD)
                || world.truth.evaluations().areOpen()
                        && world.faults.strikes(FaultKind.OPERATOR_ROLLS_BACK_EVALUATING)) {
            ask(new Control.Rollback(name(), "request-back-" + action, "simulator"));
        }
        goWrongWithSources();
        goWrongWithWorkers();
        stranger.act();
    }

    private void goWrongWithSources() {
        for (FaultKind kind : SOURCE_FAULTS) {
            if (world.faults.strikes(kind)) {
                ask(world.sources.ask(kind, action));
            }
        }
    }

    private void goWrongWithWorkers() {
        for (FaultKind kind :
                List.of(FaultKind.OPERATOR_DRAINS_WORKER, FaultKind.OPERATOR_CAPS_MEMORY)) {
            if (world.faults.strikes(kind)) {
                ask(world.workerRequests.ask(kind, action));
            }
        }
    }

    /** What is asked may be read twice. */
    private void ask(Control control) {
        world.kafka.controls.add(control);
        if (operator.nextBoolean()) {
            world.kafka.controls.add(control);
        }
    }

    private String name() {
        return operator.nextBoolean() ? "one" : "other";
    }

    private void next() {
        action++;
        world.nowMillis += random.nextInt(20);
        world.deliverLate();
        submitter.act();
        if (action % ingestPace == 0) {
            ingest.act();
        }
        actors.get(random.nextInt(actors.size())).run();
    }

    private boolean mayLoseAWorker() {
        return workers.stream().filter(worker -> !worker.isGone()).count() > 1;
    }
}
