package dev.plimsoll.coordinator.planner.liveness;

import dev.plimsoll.coordinator.planner.state.LedgerEntry.Status;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.wire.journal.JournalRecord.ContributionAsked;

import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What workers have still to do: attempts that are dispatched, contributions that are asked for.
 */
final class OwedWork {
    private OwedWork() {}

    /** The generations that owe anything. One pass: it is asked at every poll. */
    static SortedSet<Long> generations(PlannerState state) {
        SortedSet<Long> owing = new TreeSet<>();
        state.ledger().entries().stream()
                .filter(entry -> entry.status() == Status.DISPATCHED)
                .forEach(entry -> owing.add(entry.generation()));
        state.steps()
                .forEach(work -> work.contributions()
                        .asked()
                        .forEach(asked -> owing.add(asked.generation())));
        return owing;
    }

    /**
     * What the generation, one of those, owes first: the oldest, as the worker takes them. An
     * contribution that is on its way besides an attempt keeps no engine busy.
     */
    static String first(PlannerState state, long generation) {
        return state.ledger().with(Status.DISPATCHED).stream()
                .filter(entry -> entry.generation() == generation)
                .findFirst()
                .map(entry -> "attempt " + entry.attempt().attempt())
                .orElseGet(() -> "contribution "
                        + state.steps().stream()
                                .flatMap(work -> work.contributions().asked().stream())
                                .filter(asked -> asked.generation() == generation)
                                .mapToLong(ContributionAsked::contribution)
                                .min()
                                .orElseThrow());
    }
}
