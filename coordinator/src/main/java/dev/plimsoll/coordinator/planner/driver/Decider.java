package dev.plimsoll.coordinator.planner.driver;

import dev.plimsoll.coordinator.planner.decision.Decision;
import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.liveness.Liveness;
import dev.plimsoll.coordinator.planner.state.PlannerState;

import java.util.List;

/** Decides what follows from some inputs, and changes nothing: the planner. */
@FunctionalInterface
public interface Decider {
    Decision decide(PlannerState state, Liveness liveness, List<Input> inputs, long nowMillis);
}
