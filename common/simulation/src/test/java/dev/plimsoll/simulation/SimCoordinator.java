package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.planner.state.PlannerState;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What starts the planner's process again and again, and sometimes a second one beside it. */
final class SimCoordinator {
    private final SimWorld world;
    private final SplittableRandom random;
    /** The last is the rightful one; those before it do not know yet that they were replaced. */
    private final List<SimPlanner> planners = new ArrayList<>();

    private long restartMillis;
    private int started;

    SimCoordinator(SimWorld world) {
        this.world = world;
        this.random = world.random("coordinator");
    }

    /** The state of the rightful planner; throws when there is none. */
    PlannerState state() {
        return planners.getLast().state();
    }

    /** Whether a step is open on top of one that is not committed. */
    boolean isAhead() {
        return !planners.isEmpty() && state().steps().size() > 1;
    }

    void act() {
        boolean dies = world.faults.strikes(FaultKind.PLANNER_DIES)
                || world.truth.evaluations().areOpen()
                        && world.faults.strikes(FaultKind.PLANNER_DIES_EVALUATING);
        if (dies && !planners.isEmpty()) {
            if (isAhead()) {
                world.situations.add(Situation.COORDINATOR_DIES_WHILE_A_STEP_SETTLES);
            }
            if (world.truth.evaluations().areOpen()) {
                world.situations.add(Situation.COORDINATOR_DIES_WHILE_EVALUATING);
            }
            planners.removeLast();
            restartMillis = world.nowMillis + random.nextInt(4_000);
        }
        boolean due = planners.isEmpty()
                ? world.calm || world.nowMillis >= restartMillis
                : world.faults.strikes(FaultKind.PLANNER_IS_REPLACED);
        if (due && world.brokerIsUp()) {
            int number = ++started;
            planners.add(new SimPlanner(world, random));
            world.timeline.note(
                    () -> "planner " + number + " starts beside " + (planners.size() - 1));
        }
        if (planners.isEmpty()) {
            return;
        }
        SimPlanner planner = planners.get(random.nextInt(planners.size()));
        if (planner == planners.getLast() && world.faults.holds(FaultKind.PLANNER_PAUSES)) {
            return;
        }
        planner.act();
        if (planner.ended()) {
            planners.remove(planner);
        }
    }
}
