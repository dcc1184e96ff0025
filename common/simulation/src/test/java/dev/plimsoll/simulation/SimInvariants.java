package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.state.AdmittedSample;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepWork;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What holds of the planner's state after every transaction. */
final class SimInvariants {
    private static final int MOST_OPEN_STEPS = 3;

    private SimInvariants() {}

    static void check(PlannerState state, SimWorld world) {
        world.workerRequests.check(state);
        List<StepWork> steps = state.steps();
        long open =
                steps.stream().mapToLong(work -> work.step().members().size()).sum();
        assertThat(state.backlog().size()
                        + open
                        + state.evaluations().size()
                        + world.truth.decided().size())
                .as("every admitted sequence is in one place")
                .isEqualTo(world.samples.headMap(state.backlog().nextOrdinal()).size());
        Set<Long> generations = new HashSet<>();
        state.fleet()
                .workers()
                .forEach(worker -> assertThat(generations.add(worker.generation()))
                        .as("generation of %s is its own", worker)
                        .isTrue());
        steps.forEach(work -> members(work, generations));
        state.evaluations().open().ifPresent(work -> {
            members(work, generations);
            assertThat(steps).as("steps that are open beside an evaluation").isEmpty();
        });
        assertThat(steps.size())
                .as("open steps: one is trained, and two settle at most")
                .isLessThanOrEqualTo(MOST_OPEN_STEPS);
        if (steps.size() == MOST_OPEN_STEPS) {
            world.situations.add(Situation.TWO_STEPS_SETTLE);
        }
        for (int i = 0; i < steps.size(); i++) {
            assertThat(steps.get(i).step().baseVersion())
                    .as("base version of the open step at place %d", i)
                    .isEqualTo(state.status().version() + i);
            assertThat(i == steps.size() - 1 || steps.get(i).whole().isPresent())
                    .as("step %d, which others are open after, is all in one contribution", i)
                    .isTrue();
        }
    }

    private static void members(StepWork work, Set<Long> generations) {
        List<Long> placed = new ArrayList<>(work.step().waiting());
        work.ledger().entries().forEach(entry -> placed.addAll(entry.ordinals()));
        placed.sort(null);
        assertThat(placed)
                .as(
                        "every member of step %d waits or is in one attempt",
                        work.step().step())
                .isEqualTo(work.step().members().stream()
                        .map(AdmittedSample::ordinal)
                        .toList());
        for (LedgerEntry entry : work.ledger().entries()) {
            assertThat(entry.status() == LedgerEntry.Status.CONTRIBUTED
                            || generations.contains(entry.generation()))
                    .as("%s is of a living generation", entry)
                    .isTrue();
        }
    }
}
