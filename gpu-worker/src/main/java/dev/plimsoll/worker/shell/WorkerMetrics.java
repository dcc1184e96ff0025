package dev.plimsoll.worker.shell;

import dev.plimsoll.wire.process.Build;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.TrainMeasures;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * What a worker measures of itself, for Prometheus, by the reports that it sends. Names begin with
 * {@code plimsoll_engine}: the coordinator tells of workers too, by their telemetry, and a sum over
 * both would count twice. Every series is there from the start, so that a rate never misses its
 * first.
 */
final class WorkerMetrics {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(10),
        Duration.ofMillis(30),
        Duration.ofMillis(100),
        Duration.ofMillis(300),
        Duration.ofSeconds(1),
        Duration.ofSeconds(3),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(100)
    };

    private static final Map<String, ToDoubleFunction<MemoryMeasures>> MEMORY = Map.of(
            "used", MemoryMeasures::usedBytes,
            "peak", MemoryMeasures::peakBytes,
            "reserved", MemoryMeasures::reservedBytes,
            "free", MemoryMeasures::freeBytes,
            "others", MemoryMeasures::othersBytes,
            "budget", MemoryMeasures::budgetBytes);

    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final AtomicLong version = new AtomicLong();
    private final Timer forward;
    private final Timer backward;
    private final Counter contributions;

    /** @param memory of the card, or of all of them, as it was read last */
    WorkerMetrics(String workerId, Supplier<MemoryMeasures> memory, LifeSigns life) {
        registry.config()
                .commonTags("worker", workerId)
                // their names are not as Prometheus has them
                .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
                .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
        Gauge.builder("plimsoll.engine.build.info", () -> 1)
                .description("1; its labels say what runs")
                .tag("version", Build.version())
                .tag("java", Runtime.version().toString())
                .register(registry);
        forward = timer("forward", "Time of a micro-batch's forward pass");
        backward = timer("backward", "Time of a micro-batch's backward pass");
        contributions = Counter.builder("plimsoll.engine.contributions")
                .description("Gradient sums that the broker has")
                .register(registry);
        outcome("trained");
        outcome("evaluated");
        for (FailureReason reason : FailureReason.values()) {
            outcome(name(reason));
        }
        tokens("trained");
        tokens("evaluated");
        gauge("version", "The adapter's version that is held", null, version, AtomicLong::get);
        gauge(
                "ready",
                "1 while the worker takes part in the run",
                null,
                life,
                is -> is.isReady() ? 1 : 0);
        gauge(
                "turn.age",
                "Time since the worker's loop was last through with a turn",
                "seconds",
                life,
                LifeSigns::secondsSinceTurn);
        MEMORY.forEach((kind, bytes) -> memory("memory", memory, Tags.of("kind", kind), bytes));
        int cards = memory.get().cards().size();
        for (int i = 0; i < cards; i++) {
            int card = i;
            MEMORY.forEach((kind, bytes) -> memory(
                    "card.memory",
                    () -> memory.get().each().get(card),
                    Tags.of("kind", kind, "card", Integer.toString(card)),
                    bytes));
        }
        new JvmMemoryMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
    }

    /** On the loop's thread. */
    void sent(Report report) {
        switch (report) {
            case Report.MicroBatchTrained trained -> measured("trained", trained.measures());
            case Report.MicroBatchEvaluated evaluated ->
                measured("evaluated", evaluated.measures());
            case Report.MicroBatchFailed failed ->
                outcome(name(failed.reason())).increment();
            case Report.Contributed _ -> contributions.increment();
            case Report.VersionHeld held -> version.set(held.version());
            case Report.Ready ready -> version.set(ready.version());
            case Report.Joined _,
                    Report.Heartbeat _,
                    Report.MemoryRead _,
                    Report.Draining _,
                    Report.Left _,
                    Report.OfShard _ -> {}
        }
    }

    /** In Prometheus' text format. */
    String scrape() {
        return registry.scrape();
    }

    private void measured(String outcome, TrainMeasures measures) {
        outcome(outcome).increment();
        tokens(outcome).increment(measures.tokens());
        forward.record(Duration.ofNanos(measures.forwardMicros() * 1_000));
        if (measures.backwardMicros() > 0) {
            backward.record(Duration.ofNanos(measures.backwardMicros() * 1_000));
        }
    }

    private static String name(FailureReason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    private Counter outcome(String outcome) {
        return Counter.builder("plimsoll.engine.microbatches")
                .description("Micro-batches by what became of them on this worker")
                .tag("outcome", outcome)
                .register(registry);
    }

    private Counter tokens(String work) {
        return Counter.builder("plimsoll.engine.tokens")
                .description("Tokens of micro-batches that were trained or evaluated")
                .tag("work", work)
                .register(registry);
    }

    private Timer timer(String name, String what) {
        return Timer.builder("plimsoll.engine." + name)
                .description(what)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    private <T> void gauge(String name, String what, String unit, T of, ToDoubleFunction<T> value) {
        Gauge.builder("plimsoll.engine." + name, of, value)
                .description(what)
                .baseUnit(unit)
                .strongReference(true)
                .register(registry);
    }

    private void memory(
            String name,
            Supplier<MemoryMeasures> memory,
            Tags tags,
            ToDoubleFunction<MemoryMeasures> bytes) {
        Gauge.builder("plimsoll.engine." + name, memory, is -> bytes.applyAsDouble(is.get()))
                .description("A card's memory, or that of all cards together; budget is the most "
                        + "that may be used")
                .baseUnit("bytes")
                .tags(tags)
                .strongReference(true)
                .register(registry);
    }
}
