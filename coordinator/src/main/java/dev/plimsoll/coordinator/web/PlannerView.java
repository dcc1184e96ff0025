package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.Worker;

import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/** The planner's state as people ask for it; immutable, so that any thread may show it. */
public record PlannerView(
        long step,
        long version,
        String phase,
        Waiting waiting,
        Status status,
        List<Worker> workers) {

    /**
     * @param backlogSamples read ahead, not yet in a step
     * @param stepSamples of the open step, in no attempt
     */
    public record Waiting(
            int backlogSamples, long backlogTokens, int stepSamples, long inputsLost) {}

    /** @param checkpoints that can be rolled back to, and the version of each */
    public record Status(
            boolean paused,
            boolean finishing,
            boolean finished,
            SortedMap<String, Long> checkpoints) {}

    public static PlannerView of(PlannerState state) {
        var progress = state.status();
        return new PlannerView(
                state.open().map(OpenStep::step).orElse(progress.nextStep()),
                progress.version(),
                state.open()
                        .map(open ->
                                open.phase().getClass().getSimpleName().toLowerCase(Locale.ROOT))
                        .orElse(progress.finished() ? "finished" : "waiting for samples"),
                new Waiting(
                        state.backlog().size(),
                        state.backlog().tokens(),
                        state.open()
                                .map(OpenStep::waiting)
                                .map(List::copyOf)
                                .map(List::size)
                                .orElse(0),
                        progress.inputsLost()),
                new Status(
                        progress.paused(),
                        progress.finishAsked(),
                        progress.finished(),
                        checkpoints(state)),
                List.copyOf(state.fleet().workers()));
    }

    private static SortedMap<String, Long> checkpoints(PlannerState state) {
        SortedMap<String, Long> versions = new TreeMap<>();
        state.checkpoints()
                .taken()
                .forEach((name, checkpoint) -> versions.put(name, checkpoint.version()));
        return versions;
    }
}
