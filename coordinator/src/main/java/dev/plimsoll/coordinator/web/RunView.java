package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.planner.state.Evaluations.Figure;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.model.memory.PeakModel;
import dev.plimsoll.wire.process.Build;
import dev.plimsoll.wire.run.RunSettings;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import jakarta.enterprise.context.ApplicationScoped;

import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * What this process knows of the run: its settings, and the planner's state where the planner is
 * here.
 */
@ApplicationScoped
public class RunView {

    private volatile RunSettings run;
    private volatile PlannerView planner;
    private volatile PeakModel peaks;
    private volatile PlannerDetail detail;

    RunView(MeterRegistry metrics) {
        Gauge.builder("plimsoll.build.info", () -> 1)
                .description("1; its labels say what runs")
                .tag("version", Build.version())
                .tag("java", Runtime.version().toString())
                .register(metrics);
        gauge(metrics, "workers", "Members of the fleet", p -> p.workers().size());
        gauge(
                metrics,
                "backlog.samples",
                "Sequences read ahead",
                p -> p.waiting().backlogSamples());
        gauge(metrics, "backlog.tokens", "Tokens read ahead", p -> p.waiting().backlogTokens());
        gauge(
                metrics,
                "inputs.lost",
                "Input offsets deleted before they were read",
                p -> p.waiting().inputsLost());
        gauge(
                metrics,
                "run.paused",
                "1 while nothing new is dispatched",
                p -> p.status().paused() ? 1 : 0);
        gauge(
                metrics,
                "run.finished",
                "1 once the run is over",
                p -> p.status().finished() ? 1 : 0);
        gauge(
                metrics,
                "regret",
                "Part of the computing time of the last hundred micro-batches that the best "
                        + "measured memory plans would have saved",
                PlannerView::regret);
        evaluation(metrics, "loss", Figure::loss);
        evaluation(metrics, "perplexity", Figure::perplexity);
        evaluation(metrics, "version", Figure::version);
    }

    private void evaluation(MeterRegistry metrics, String name, ToDoubleFunction<Figure> value) {
        gauge(
                metrics,
                "evaluation." + name,
                "Of the last evaluation",
                p -> p.evaluated().last() == null
                        ? Double.NaN
                        : value.applyAsDouble(p.evaluated().last()));
    }

    private void gauge(
            MeterRegistry metrics, String name, String what, ToDoubleFunction<PlannerView> value) {
        Gauge.builder(
                        "plimsoll." + name,
                        this,
                        v -> v.planner().map(value::applyAsDouble).orElse(Double.NaN))
                .description(what)
                .register(metrics);
    }

    /** @param model what micro-batches of the run's model need */
    public void launched(RunSettings settings, PeakModel model) {
        run = settings;
        peaks = model;
    }

    /** On the planner's thread, after every change. */
    public void planned(PlannerState state) {
        planner = PlannerView.of(state);
        detail = PlannerDetail.of(state, peaks);
    }

    /** Whether the worker is of the fleet; where no planner is here to say so, it may be. */
    boolean mayWork(String workerId) {
        PlannerView view = planner;
        return view == null
                || view.workers().stream().anyMatch(is -> is.workerId().equals(workerId));
    }

    public Optional<RunSettings> run() {
        return Optional.ofNullable(run);
    }

    public Optional<PlannerView> planner() {
        return Optional.ofNullable(planner);
    }

    public Optional<PlannerDetail> detail() {
        return Optional.ofNullable(detail);
    }

    /** What the worker does; empty where it is not known here. */
    Optional<PlannerDetail.Deck> deck(String workerId) {
        return detail().map(is -> is.workers().get(workerId));
    }
}
