package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.state.AdmittedSample;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What holds of the planner's state after every transaction. */
final class SimInvariants {
    private SimInvariants() {}

    static void check(PlannerState state, SimWorld world) {
        long open = state.open().map(step -> (long) step.members().size()).orElse(0L);
        assertThat(state.backlog().size() + open + world.truth.decided().size())
                .as("every admitted sequence is in one place")
                .isEqualTo(state.backlog().nextOrdinal());
        state.open().ifPresent(step -> members(step, state));
        Set<Long> generations = new HashSet<>();
        state.fleet()
                .workers()
                .forEach(worker -> assertThat(generations.add(worker.generation()))
                        .as("generation of %s is its own", worker)
                        .isTrue());
        for (LedgerEntry entry : state.ledger().entries()) {
            assertThat(entry.status() == LedgerEntry.Status.CONTRIBUTED
                            || generations.contains(entry.generation()))
                    .as("%s is of a living generation", entry)
                    .isTrue();
        }
    }

    private static void members(OpenStep step, PlannerState state) {
        List<Long> placed = new ArrayList<>(step.waiting());
        state.ledger().entries().forEach(entry -> placed.addAll(entry.ordinals()));
        placed.sort(null);
        assertThat(placed)
                .as("every member of step %d waits or is in one attempt", step.step())
                .isEqualTo(step.members().stream().map(AdmittedSample::ordinal).toList());
    }
}
