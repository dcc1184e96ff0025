package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.web.history.Latest;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.journal.StepRecord;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.Blocking;

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;

/**
 * The channel {@code steps}, from the topic's beginning: the latest committed steps, in memory and
 * as metrics.
 */
@ApplicationScoped
public class StepsView {

    static final int KEPT = 10_000;

    private final Latest<StepRecord> steps = new Latest<>(KEPT);
    private final AtomicLong samples = new AtomicLong();
    private final AtomicLong tokens = new AtomicLong();
    private final PageGate gate;

    StepsView(MeterRegistry metrics, PageGate gate) {
        this.gate = gate;
        counter(metrics, "plimsoll.steps", "Committed steps", v -> v.steps.count());
        counter(
                metrics,
                "plimsoll.samples.trained",
                "Samples of committed steps, in each epoch",
                v -> v.samples.get());
        counter(
                metrics,
                "plimsoll.tokens.trained",
                "Tokens of committed steps, in each epoch",
                v -> v.tokens.get());
        gauge(metrics, "plimsoll.step.loss", "nats", StepRecord::loss);
        gauge(metrics, "plimsoll.step.gradient.norm", null, s -> s.rates().gradientNorm());
        gauge(metrics, "plimsoll.step.learning.rate", null, s -> s.rates().learningRate());
        gauge(metrics, "plimsoll.step.duration", "seconds", s -> s.rates().stepMillis() / 1e3);
        gauge(metrics, "plimsoll.step.number", null, StepRecord::step);
        gauge(metrics, "plimsoll.adapter.version", null, StepRecord::version);
    }

    private void counter(
            MeterRegistry metrics, String name, String what, ToDoubleFunction<StepsView> count) {
        FunctionCounter.builder(name, this, count)
                .description(what + "; those that a rollback undid are among them")
                .register(metrics);
    }

    private void gauge(
            MeterRegistry metrics, String name, String unit, ToDoubleFunction<StepRecord> value) {
        Gauge.builder(name, this, v -> v.last().map(value::applyAsDouble).orElse(Double.NaN))
                .description("Of the last committed step")
                .baseUnit(unit)
                .register(metrics);
    }

    @Incoming("steps")
    @Blocking
    void take(ConsumerRecord<byte[], byte[]> record) {
        gate.read(Wire.STEPS, record).ifPresent(this::take);
    }

    void take(StepRecord step) {
        steps.add(step);
        samples.addAndGet(step.counts().samples());
        tokens.addAndGet(step.counts().tokens());
    }

    public Optional<StepRecord> last() {
        return steps.last();
    }

    /** The last {@code limit}, in their order. */
    List<StepRecord> last(int limit) {
        return steps.last(limit);
    }

    /** All that are kept. */
    public Latest<StepRecord> all() {
        return steps;
    }
}
