package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Control;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What operators ask of workers, and what must be true of it, from the journal and from what was
 * asked for alone: a generation that drains is given nothing more, and a cap holds for whoever
 * works under its id, whoever plans, until it is changed.
 */
final class SimWorkerRequests {
    /** Some of them below what a worker needs. */
    private static final int MOST_CAP_BYTES = 20_000_000;

    private static final int ONE_IN_IS_OFF = 4;

    private final SimWorld world;
    private final SplittableRandom operator;
    private final Map<String, Control.OfWorker> asked = new HashMap<>();
    private final Map<String, Long> caps = new HashMap<>();
    private final Map<String, Long> cappedGenerations = new HashMap<>();
    private final Map<String, Long> generations = new HashMap<>();
    private final Set<Long> draining = new HashSet<>();

    SimWorkerRequests(SimWorld world) {
        this.world = world;
        this.operator = world.random("worker-operator");
    }

    /** What an operator asks for now; of a worker that there is not, once in a while. */
    Control.OfWorker ask(FaultKind kind, int action) {
        String worker = "worker-" + operator.nextInt(world.scenario.workers() + 1);
        String request = "worker-request-" + action + kind;
        long bytes = operator.nextInt(ONE_IN_IS_OFF) == 0 ? 0 : operator.nextInt(MOST_CAP_BYTES);
        Control.OfWorker control = kind == FaultKind.OPERATOR_DRAINS_WORKER
                ? new Control.DrainWorker(worker, request, "simulator")
                : new Control.CapMemory(worker, bytes, request, "simulator");
        asked.put(request, control);
        return control;
    }

    void journaled(JournalRecord record) {
        switch (record) {
            case JournalRecord.WorkerAdmitted is -> {
                generations.put(is.workerId(), is.generation());
                if (caps.getOrDefault(is.workerId(), 0L) > 0
                        && cappedGenerations.get(is.workerId()) < is.generation()) {
                    world.situations.add(Situation.CAP_OUTLIVES_ITS_GENERATION);
                }
            }
            case JournalRecord.WorkerDraining is -> {
                draining.add(is.generation());
                is.request().ifPresent(request -> {
                    assertThat(asked.get(request))
                            .as("what was asked for by %s", request)
                            .isInstanceOfSatisfying(
                                    Control.DrainWorker.class,
                                    control -> assertThat(control.name())
                                            .as("the worker that drains by %s", request)
                                            .isEqualTo(is.workerId()));
                    world.situations.add(Situation.WORKER_IS_DRAINED);
                });
            }
            case JournalRecord.WorkerLost is -> draining.remove(is.generation());
            case JournalRecord.MicroBatchDispatched is ->
                assertThat(draining)
                        .as("generations that drain, when one is given %s", is)
                        .doesNotContain(is.generation());
            case JournalRecord.MemoryCapped is -> {
                assertThat(asked.get(is.request()))
                        .as("what was asked for by %s", is.request())
                        .isInstanceOfSatisfying(
                                Control.CapMemory.class,
                                control -> assertThat(control.capBytes())
                                        .as("the cap that was asked for by %s", is.request())
                                        .isEqualTo(is.capBytes()));
                caps.put(is.workerId(), is.capBytes());
                cappedGenerations.put(is.workerId(), generations.get(is.workerId()));
            }
            default -> {}
        }
    }

    void check(PlannerState state) {
        for (Worker worker : state.fleet().workers()) {
            assertThat(worker.capBytes())
                    .as("the cap of %s", worker.workerId())
                    .isEqualTo(caps.getOrDefault(worker.workerId(), 0L));
            worker.line().filter(_ -> worker.capBytes() > 0).ifPresent(line -> {
                assertThat(line.lineBytes())
                        .as("the line of %s", worker)
                        .isLessThan(worker.capBytes());
                if (line.lineBytes() < worker.memory().orElseThrow().lineBytes()) {
                    world.situations.add(Situation.CAP_LOWERS_A_LINE);
                }
            });
        }
    }

    /** Long after the last request nobody is still about to leave. */
    void requireComplete() {
        assertThat(draining).as("generations that drain, and have not left").isEmpty();
    }
}
