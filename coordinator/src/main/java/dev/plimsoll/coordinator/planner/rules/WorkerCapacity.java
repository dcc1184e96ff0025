package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.MemoryForecast;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerDevice;

/** How much a worker may be given, by what is known of its card now. */
final class WorkerCapacity {
    private final Loading loading;
    private final PlannerState state;

    WorkerCapacity(Loading loading, PlannerState state) {
        this.loading = loading;
        this.state = state;
    }

    /** The most tokens of a packed micro-batch; a longer single sequence still goes alone. */
    int maxTokens(Worker worker, boolean fullestPlan, long targetTokens) {
        int wanted = (int) Math.max(1, Math.min(worker.maxTokens(), targetTokens));
        if (worker.line().isEmpty()) {
            return wanted;
        }
        long room = worker.line().get().roomBytes();
        return fullestPlan
                ? loading.mostTokens(
                        device(worker), forecast(worker), room, wanted, Loading.FULLEST)
                : loading.choose(
                                device(worker), forecast(worker), state.speed(worker), room, wanted)
                        .maxTokens();
    }

    /** The memory plan under which a micro-batch of so many tokens is to be trained. */
    MemoryPlan plan(Worker worker, boolean fullestPlan, int tokens) {
        if (fullestPlan) {
            return Loading.FULLEST;
        }
        return worker.line()
                .map(line ->
                        loading.planFor(device(worker), forecast(worker), line.roomBytes(), tokens))
                .orElse(Loading.ROOMY);
    }

    private MemoryForecast forecast(Worker worker) {
        return state.forecast(worker);
    }

    private static WorkerDevice device(Worker worker) {
        return worker.admission().device();
    }
}
