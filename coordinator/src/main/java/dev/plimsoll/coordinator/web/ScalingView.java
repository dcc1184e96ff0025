package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.scaling.FleetSpeed;
import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.model.scaling.Demand;
import dev.plimsoll.model.scaling.Helpful;
import dev.plimsoll.model.scaling.SteadyAnswer;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;

import jakarta.enterprise.context.ApplicationScoped;

import java.time.Duration;
import java.util.Optional;

/**
 * How many workers would help, for an autoscaler. The answer is steady: see {@link SteadyAnswer}.
 * It is worked out when it is asked for, at most once a second.
 */
@ApplicationScoped
@Startup // its metric is there though nobody asked for the answer
public class ScalingView {

    private static final int STEPS = 8;
    private static final long FRESH_MILLIS = 1_000;

    private final RunView run;
    private final StepsView steps;
    private final TelemetryView telemetry;
    private final UnreadSequences unread;
    private final double joinSeconds;
    private SteadyAnswer steady;
    private Answer last;
    private long answeredMillis;

    /**
     * An answer with what it rests on.
     *
     * @param workersThatWouldHelp of the whole fleet, those that are there among them
     */
    public record Answer(
            int workersThatWouldHelp,
            Helpful.Reason reason,
            String note,
            Demand demand,
            double joinSeconds) {}

    ScalingView(
            RunView run,
            StepsView steps,
            TelemetryView telemetry,
            UnreadSequences unread,
            Launch launch,
            MeterRegistry metrics) {
        this.run = run;
        this.steps = steps;
        this.telemetry = telemetry;
        this.unread = unread;
        this.joinSeconds = launch.settings().get(CoordinatorCatalogue.JOIN_TIME).toMillis() / 1e3;
        Gauge.builder(
                        "plimsoll.workers.helpful",
                        this,
                        v -> v.answer()
                                .map(answer -> (double) answer.workersThatWouldHelp())
                                .orElse(Double.NaN))
                .description("Workers that would help, as an autoscaler is told")
                .register(metrics);
    }

    /** Empty where no planner is here, and while it replays its journal. */
    public synchronized Optional<Answer> answer() {
        Optional<PlannerView> planner = run.planner();
        long now = Duration.ofNanos(System.nanoTime()).toMillis();
        if (planner.isPresent() && (last == null || now - answeredMillis >= FRESH_MILLIS)) {
            last = answer(planner.orElseThrow(), now);
            answeredMillis = now;
        }
        return planner.map(there -> last);
    }

    private Answer answer(PlannerView planner, long nowMillis) {
        int workers = planner.workers().size();
        if (steady == null) {
            steady = SteadyAnswer.of(workers);
        }
        FleetSpeed speed = FleetSpeed.of(
                steps.last(STEPS), telemetry.tokensPerSecondOfOne(System.currentTimeMillis()));
        Demand demand =
                speed.demand(planner.work(), unread.beyond(planner.work().nextOrdinal()), workers);
        SteadyAnswer.Answer answer = planner.work().finished()
                ? SteadyAnswer.whenFinished()
                : planner.work().paused()
                        ? steady.whilePaused(demand, joinSeconds, nowMillis)
                        : steady.to(demand, joinSeconds, nowMillis);
        steady = answer.next();
        Helpful helpful = answer.helpful();
        return new Answer(helpful.workers(), helpful.reason(), helpful.note(), demand, joinSeconds);
    }
}
