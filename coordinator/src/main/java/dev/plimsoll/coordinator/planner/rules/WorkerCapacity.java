package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Exploration;
import dev.plimsoll.model.memory.Lengths;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.Loading.Load;
import dev.plimsoll.model.memory.Loading.Planned;
import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.model.memory.Room;

import java.util.List;

/** How much a worker may be given, by what is known of its card now. */
final class WorkerCapacity {
    private final Loading loading;
    private final PlannerState state;
    private final boolean evaluates;

    /** @param evaluates whether the micro-batches go forward only: their time teaches nothing */
    WorkerCapacity(Loading loading, PlannerState state, boolean evaluates) {
        this.loading = loading;
        this.state = state;
        this.evaluates = evaluates;
    }

    /**
     * The load of a packed micro-batch; a longer single sequence still goes alone.
     *
     * @param longestTokens of the sequences that wait
     */
    Load load(Worker worker, boolean fullestPlan, long targetTokens, int longestTokens) {
        int wanted = (int) Math.max(1, Math.min(worker.maxTokens(), targetTokens));
        if (worker.line().isEmpty()) {
            return new Load(wanted, Loading.ROOMY, false, List.of());
        }
        Room room = room(worker, worker.line().get());
        return fullestPlan
                ? new Load(
                        loading.mostTokens(room, wanted, Loading.FULLEST),
                        Loading.FULLEST,
                        false,
                        List.of())
                : loading.choose(room, wanted, longestTokens, exploration());
    }

    /** The memory plan under which a micro-batch of these sequences is to be trained. */
    Planned plan(Worker worker, boolean fullestPlan, Load load, Lengths lengths) {
        if (fullestPlan || worker.line().isEmpty()) {
            return new Planned(fullestPlan ? Loading.FULLEST : Loading.ROOMY, 0);
        }
        return loading.plan(room(worker, worker.line().get()), load, lengths, exploration());
    }

    /** By the number of the attempt, which is in the journal. */
    private Exploration exploration() {
        return evaluates ? Exploration.NEVER : new Exploration(state.nextAttempt());
    }

    private Room room(Worker worker, MemoryLine line) {
        return new Room(
                worker.admission().device(),
                state.forecast(worker),
                state.speed(worker),
                line.roomBytes());
    }
}
