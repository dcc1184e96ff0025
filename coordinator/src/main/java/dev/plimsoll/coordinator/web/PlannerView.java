package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.planner.state.Evaluations.Figure;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepPhase;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.coordinator.scaling.RunWork;
import dev.plimsoll.wire.protocol.SourceMeasures;
import dev.plimsoll.wire.protocol.SourceStatus;

import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The planner's state as people ask for it; immutable, so that any thread may show it.
 *
 * @param regret as in {@code Regret.part}
 */
public record PlannerView(
        long step,
        long version,
        String phase,
        Waiting waiting,
        Status status,
        SortedMap<String, SourceMeasures> sources,
        Evaluated evaluated,
        List<Worker> workers,
        RunWork work,
        double regret) {

    /**
     * What evaluations found.
     *
     * @param last null before the first
     * @param best null before the first
     */
    public record Evaluated(Figure last, Figure best) {}

    /**
     * @param backlogSamples read ahead, not yet in a step
     * @param stepSamples of the open step, in no attempt
     */
    public record Waiting(
            int backlogSamples, long backlogTokens, int stepSamples, long inputsLost) {}

    /**
     * @param ended no more samples are taken: the run is finished, or in a later epoch, which
     *     trains what the first one had
     * @param checkpoints that can be rolled back to, and the version of each
     */
    public record Status(
            boolean paused,
            boolean finishing,
            boolean finished,
            boolean ended,
            SortedMap<String, Long> checkpoints) {}

    public static PlannerView of(PlannerState state) {
        var progress = state.status();
        return new PlannerView(
                state.open().map(OpenStep::step).orElse(progress.nextStep()),
                progress.version(),
                state.open().map(open -> phase(open, state)).orElseGet(() -> waiting(state)),
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
                        progress.finished() || state.backlog().isEnded(),
                        checkpoints(state)),
                state.sources(),
                new Evaluated(
                        state.evaluations().last().orElse(null),
                        state.evaluations().best().orElse(null)),
                List.copyOf(state.fleet().workers()),
                RunWork.of(state),
                state.regret().part());
    }

    private static String phase(OpenStep open, PlannerState state) {
        String phase = open.phase().getClass().getSimpleName().toLowerCase(Locale.ROOT);
        return open.phase() instanceof StepPhase.Training ? byAWorker(phase, state) : phase;
    }

    private static String byAWorker(String phase, PlannerState state) {
        return state.fleet().ready().isEmpty() ? phase + ": waits for a worker" : phase;
    }

    private static String waiting(PlannerState state) {
        String paused = state.sources().entrySet().stream()
                .filter(source -> source.getValue().status() == SourceStatus.PAUSED
                        && source.getValue().waiting() > 0)
                .map(source -> source.getKey())
                .collect(Collectors.joining(", "));
        if (state.status().finished()) {
            return "finished";
        }
        if (state.evaluations().open().isPresent()) {
            return byAWorker("evaluating", state);
        }
        return paused.isEmpty() || !state.status().finishAsked()
                ? "waiting for samples"
                : "samples of paused sources wait (" + paused + "): resume or remove them";
    }

    private static SortedMap<String, Long> checkpoints(PlannerState state) {
        SortedMap<String, Long> versions = new TreeMap<>();
        state.checkpoints()
                .taken()
                .forEach((name, checkpoint) -> versions.put(name, checkpoint.version()));
        return versions;
    }
}
