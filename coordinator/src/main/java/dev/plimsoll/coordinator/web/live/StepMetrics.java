package dev.plimsoll.coordinator.web.live;

import dev.plimsoll.coordinator.web.history.RunHistory;
import dev.plimsoll.coordinator.web.history.StepTimes;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How long committed steps and their phases took, and how old what was saved is, as metrics. They
 * are of the journal from its beginning, so a coordinator that starts again goes on counting.
 */
final class StepMetrics {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(10),
        Duration.ofMillis(30),
        Duration.ofMillis(100),
        Duration.ofMillis(300),
        Duration.ofSeconds(1),
        Duration.ofSeconds(3),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(100),
        Duration.ofSeconds(300),
        Duration.ofSeconds(1000)
    };

    private final RunHistory history;
    private final LongSupplier clockMillis;
    private final Timer whole;
    private final Map<StepPhase, Timer> phases = new EnumMap<>(StepPhase.class);
    private long seen;

    /** @param clockMillis since the epoch, as the broker's timestamps */
    StepMetrics(MeterRegistry metrics, RunHistory history, LongSupplier clockMillis) {
        this.history = history;
        this.clockMillis = clockMillis;
        whole = Timer.builder("plimsoll.step")
                .description("Time of a committed step, from its opening on")
                .serviceLevelObjectives(BUCKETS)
                .register(metrics);
        for (StepPhase phase : StepPhase.values()) {
            phases.put(
                    phase,
                    Timer.builder("plimsoll.step.phase")
                            .description("Part of a committed step's time")
                            .tag("phase", phase.name().toLowerCase(Locale.ROOT))
                            .serviceLevelObjectives(BUCKETS)
                            .register(metrics));
        }
        age(metrics, "state", "Time since a shard last saved its state", history::stateMillis);
        age(
                metrics,
                "checkpoint",
                "Time since the last named checkpoint was taken",
                history::checkpointMillis);
    }

    private void age(MeterRegistry metrics, String name, String what, LongSupplier atMillis) {
        Gauge.builder("plimsoll." + name + ".age", this, is -> is.secondsSince(atMillis))
                .description(what)
                .baseUnit("seconds")
                .register(metrics);
    }

    private double secondsSince(LongSupplier atMillis) {
        long at = atMillis.getAsLong();
        return at < 0 ? Double.NaN : Math.max(0, clockMillis.getAsLong() - at) / 1e3;
    }

    /** Takes the steps that ended since the last call; on the thread that writes the history. */
    void update() {
        var news = history.steps().since(seen);
        seen = news.seen();
        news.things().stream()
                .filter(step -> step.outcome().equals(StepTimes.COMMITTED))
                .forEach(this::take);
    }

    private void take(StepTimes step) {
        whole.record(Duration.ofMillis(step.ended()));
        phases.forEach((phase, timer) -> timer.record(Duration.ofMillis(phase.millis(step))));
    }
}
