package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.planner.OpenStep;
import dev.plimsoll.coordinator.planner.PlannerState;
import dev.plimsoll.coordinator.planner.Worker;
import java.util.List;
import java.util.Locale;

/** The planner's state as people ask for it; immutable, so that any thread may show it. */
public record PlannerView(long step, long version, String phase, Waiting waiting, Status status, List<Worker> workers) {

    /**
     * @param backlogSamples read ahead, not yet in a step
     * @param stepSamples of the open step, in no attempt
     */
    public record Waiting(int backlogSamples, long backlogTokens, int stepSamples, long inputsLost) {}

    public record Status(boolean paused, boolean finishing, boolean finished) {}

    public static PlannerView of(PlannerState state) {
        var progress = state.progress();
        return new PlannerView(
                progress.nextStep(),
                progress.version(),
                state.open()
                        .map(open -> open.phase().getClass().getSimpleName().toLowerCase(Locale.ROOT))
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
                new Status(progress.paused(), progress.finishAsked(), progress.finished()),
                List.copyOf(state.fleet().members()));
    }
}
