package dev.plimsoll.coordinator.web.live;

import dev.plimsoll.coordinator.web.PageGate;
import dev.plimsoll.coordinator.web.history.Latest;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.Blocking;

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.eclipse.microprofile.reactive.messaging.Incoming;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * The channel {@code rejected}, from the topic's beginning: counts, also as metrics, and the
 * latest.
 */
@ApplicationScoped
public class RejectedView {

    static final int KEPT = 500;

    private final PageGate gate;
    private final Latest<Rejected> latest = new Latest<>(KEPT);
    private final Map<RejectionReason, Long> counts = new EnumMap<>(RejectionReason.class);

    RejectedView(MeterRegistry metrics, PageGate gate) {
        this.gate = gate;
        for (RejectionReason reason : RejectionReason.values()) {
            FunctionCounter.builder("plimsoll.samples.rejected", this, v -> v.count(reason))
                    .description("Samples in the topic of rejected ones, by reason")
                    .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                    .register(metrics);
        }
    }

    /** Without the sample's text. */
    public record Rejected(
            String sampleId,
            SampleOrigin origin,
            String source,
            RejectionReason reason,
            String note,
            long atMillis) {}

    @Incoming("rejected")
    @Blocking
    void take(ConsumerRecords<byte[], byte[]> records) {
        records.forEach(record -> gate.read(Wire.REJECTED, record)
                .ifPresent(sample -> take(sample, record.timestamp())));
    }

    void take(RejectedSample sample, long atMillis) {
        synchronized (counts) {
            counts.merge(sample.reason(), 1L, Long::sum);
        }
        latest.add(new Rejected(
                sample.sampleId(),
                sample.origin(),
                sample.source(),
                sample.reason(),
                sample.note(),
                atMillis));
    }

    private long count(RejectionReason reason) {
        synchronized (counts) {
            return counts.getOrDefault(reason, 0L);
        }
    }

    Latest<Rejected> latest() {
        return latest;
    }

    Map<RejectionReason, Long> counts() {
        synchronized (counts) {
            return Collections.unmodifiableMap(new EnumMap<>(counts));
        }
    }
}
