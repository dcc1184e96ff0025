package dev.plimsoll.coordinator.web.live;

import dev.plimsoll.coordinator.web.PageGate;
import dev.plimsoll.coordinator.web.history.RunHistory;

import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.Blocking;

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/**
 * The channel {@code journal}, from the topic's beginning: the run's course for the page, which is
 * so complete after a restart too. Nothing else depends on it.
 */
@ApplicationScoped
public class JournalView {

    private final PageGate gate;
    private final RunHistory history = new RunHistory();
    private final StepMetrics metrics;

    JournalView(PageGate gate, MeterRegistry registry) {
        this.gate = gate;
        this.metrics = new StepMetrics(registry, history, System::currentTimeMillis);
    }

    @Incoming("journal")
    @Blocking
    void take(ConsumerRecords<byte[], byte[]> records) {
        records.forEach(record -> gate.fact(record).ifPresent(fact -> {
            history.apply(fact, record.timestamp());
            metrics.update();
        }));
    }

    RunHistory history() {
        return history;
    }
}
