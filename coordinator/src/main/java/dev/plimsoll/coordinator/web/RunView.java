package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.planner.PlannerState;
import dev.plimsoll.wire.RunSettings;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** What this process knows of the run: its settings, and the planner's state where the planner is here. */
@ApplicationScoped
public class RunView {

    private volatile RunSettings run;
    private volatile String incarnation = "";
    private volatile PlannerView planner;

    RunView(MeterRegistry metrics) {
        gauge(metrics, "plimsoll.workers", p -> p.workers().size());
        gauge(metrics, "plimsoll.backlog.samples", p -> p.waiting().backlogSamples());
        gauge(metrics, "plimsoll.backlog.tokens", p -> p.waiting().backlogTokens());
        gauge(metrics, "plimsoll.inputs.lost", p -> p.waiting().inputsLost());
        gauge(metrics, "plimsoll.run.paused", p -> p.status().paused() ? 1 : 0);
        gauge(metrics, "plimsoll.run.finished", p -> p.status().finished() ? 1 : 0);
    }

    private void gauge(MeterRegistry metrics, String name, ToDoubleFunction<PlannerView> value) {
        Gauge.builder(name, this, v -> v.planner().map(value::applyAsDouble).orElse(Double.NaN))
                .register(metrics);
    }

    public void launched(RunSettings settings, String processIncarnation) {
        run = settings;
        incarnation = processIncarnation;
    }

    /** On the planner's thread, after every change. */
    public void planned(PlannerState state) {
        planner = PlannerView.of(state);
    }

    public Optional<RunSettings> run() {
        return Optional.ofNullable(run);
    }

    public String incarnation() {
        return incarnation;
    }

    public Optional<PlannerView> planner() {
        return Optional.ofNullable(planner);
    }
}
