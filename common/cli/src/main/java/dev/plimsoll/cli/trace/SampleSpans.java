package dev.plimsoll.cli.trace;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.TraceContext;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.CardPart;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.sample.SampleOrigin;

import io.opentelemetry.api.trace.SpanKind;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The spans of some samples: submitted, tokenized, waiting, in a micro-batch, in a contribution, in
 * a step. A fold of the records of {@code samples} and of the journal, in this order.
 */
final class SampleSpans {

    private static final String SYSTEM = "messaging.system";
    private static final String DESTINATION = "messaging.destination.name";
    private static final String OPERATION = "messaging.operation.name";
    private static final String OPERATION_TYPE = "messaging.operation.type";
    private static final String PARTITION = "messaging.destination.partition.id";
    private static final String OFFSET = "messaging.kafka.offset";
    private static final String PROCESS = "process";
    private static final String SEND = "send";

    /** When something began, and what is known of it since. */
    private record Begun(long atMillis, JournalRecord fact) {}

    private final Topics topics;
    private final Map<SampleOrigin, TracedSample> byOrigin = new HashMap<>();
    private final SortedMap<Long, TracedSample> byOrdinal = new TreeMap<>();
    private final Map<Long, Begun> opened = new HashMap<>();
    private final Map<Long, Begun> dispatched = new HashMap<>();
    private final Map<Long, Long> accepted = new HashMap<>();
    private final List<TracedSpan> spans = new ArrayList<>();

    SampleSpans(Topics topics, List<TracedSample> samples) {
        this.topics = topics;
        for (TracedSample sample : samples) {
            byOrigin.put(sample.head().origin(), sample);
            byOrdinal.put(sample.ordinal(), sample);
        }
    }

    /** Those that have ended, in no order. */
    List<TracedSpan> spans() {
        return spans;
    }

    /** A record of {@code samples}. */
    void submitted(ConsumerRecord<byte[], byte[]> record) {
        TracedSample sample = byOrigin.get(new SampleOrigin(record.partition(), record.offset()));
        if (sample == null) {
            return;
        }
        TraceContext ours = sample.context().first();
        Optional<TraceContext> given = TraceContext.of(record.headers());
        // who submits with Plimsoll has no tracer of his own: the span is told here
        boolean isOurs = given.isEmpty() || given.get().equals(ours);
        if (isOurs) {
            spans.add(new TracedSpan(
                    SEND + " " + topics.samples(),
                    SpanKind.PRODUCER,
                    ours,
                    Optional.empty(),
                    record.timestamp(),
                    record.timestamp(),
                    message(topics.samples(), SEND, record.partition(), record.offset()),
                    Optional.empty()));
        }
        SortedMap<String, Object> attributes =
                message(topics.samples(), PROCESS, record.partition(), record.offset());
        attributes.put("plimsoll.sample.id", sample.head().sampleId());
        attributes.put("plimsoll.tokens", (long) sample.head().sequence().tokens());
        attributes.put("plimsoll.ordinal", sample.ordinal());
        spans.add(new TracedSpan(
                PROCESS + " " + topics.samples(),
                SpanKind.CONSUMER,
                sample.context(),
                Optional.of(isOurs ? ours : given.get()),
                record.timestamp(),
                sample.atMillis(),
                attributes,
                Optional.empty()));
    }

    private static SortedMap<String, Object> message(
            String topic, String operation, int partition, long offset) {
        SortedMap<String, Object> attributes = new TreeMap<>();
        attributes.put(SYSTEM, "kafka");
        attributes.put(DESTINATION, topic);
        attributes.put(OPERATION, operation);
        attributes.put(OPERATION_TYPE, operation);
        attributes.put(PARTITION, Integer.toString(partition));
        attributes.put(OFFSET, offset);
        return attributes;
    }

    void take(JournalRecord fact, long atMillis) {
        switch (fact) {
            case JournalRecord.StepOpened is -> {
                opened.put(is.step(), new Begun(atMillis, is));
                of(is.ordinals())
                        .forEach(sample -> internal(
                                sample,
                                "wait for a step",
                                "wait-" + is.step(),
                                sample.atMillis(),
                                atMillis,
                                new TreeMap<>(Map.of("plimsoll.step", is.step())),
                                Optional.empty()));
            }
            case JournalRecord.MicroBatchDispatched is ->
                dispatched.put(is.attempt().attempt(), new Begun(atMillis, is));
            case JournalRecord.MicroBatchAccepted is -> {
                accepted.put(is.attempt().attempt(), atMillis);
                ended(is.attempt(), atMillis, Optional.empty());
            }
            case JournalRecord.Evaluated is -> {
                ended(is.attempt(), atMillis, Optional.empty());
                dispatched.remove(is.attempt().attempt());
            }
            case JournalRecord.MicroBatchReturned is -> {
                ended(is.attempt(), atMillis, Optional.of(is.reason() + ": " + is.note()));
                dispatched.remove(is.attempt().attempt());
            }
            case JournalRecord.ContributionAccepted is ->
                is.contribution()
                        .attempts()
                        .forEach(attempt ->
                                contributed(attempt, is.contribution().contribution(), atMillis));
            case JournalRecord.StepCommitted is ->
                step(is.step(), atMillis, Optional.of(is.version()), Optional.empty());
            case JournalRecord.StepDropped is ->
                step(is.step(), atMillis, Optional.empty(), Optional.of(is.note()));
            case JournalRecord.StepAbandoned is ->
                step(is.step(), atMillis, Optional.empty(), Optional.of(is.note()));
            // no other fact is a part of a sample's way
            default -> {}
        }
    }

    private void ended(Attempt attempt, long atMillis, Optional<String> error) {
        Begun begun = dispatched.get(attempt.attempt());
        if (begun == null || !(begun.fact() instanceof JournalRecord.MicroBatchDispatched sent)) {
            return;
        }
        for (TracedSample sample : of(sent.ordinals())) {
            SortedMap<String, Object> attributes = new TreeMap<>();
            attributes.put("plimsoll.attempt", attempt.attempt());
            attributes.put("plimsoll.worker.id", sent.workerId());
            attributes.put("plimsoll.sequences", (long) sent.ordinals().size());
            attributes.put("plimsoll.recompute_layers", recomputed(sent.plan()));
            if (sent.plan().keepAttention()) {
                attributes.put("plimsoll.attention_kept", true);
            }
            internal(
                    sample,
                    attempt.evaluates() ? "evaluate" : "micro-batch",
                    "micro-batch-" + attempt.attempt(),
                    begun.atMillis(),
                    atMillis,
                    attributes,
                    error);
        }
    }

    /** Of all cards. */
    private static long recomputed(MemoryPlan plan) {
        return plan.cards().isEmpty()
                ? plan.recomputeLayers()
                : plan.cards().stream().mapToLong(CardPart::recomputeLayers).sum();
    }

    private void contributed(long attempt, long contribution, long atMillis) {
        Begun begun = dispatched.remove(attempt);
        Long from = accepted.remove(attempt);
        if (begun == null || !(begun.fact() instanceof JournalRecord.MicroBatchDispatched sent)) {
            return;
        }
        for (TracedSample sample : of(sent.ordinals())) {
            internal(
                    sample,
                    "contribution",
                    "contribution-" + contribution,
                    from == null ? begun.atMillis() : from,
                    atMillis,
                    new TreeMap<>(Map.of(
                            "plimsoll.contribution",
                            contribution,
                            "plimsoll.worker.id",
                            sent.workerId())),
                    Optional.empty());
        }
    }

    private void step(long step, long atMillis, Optional<Long> version, Optional<String> error) {
        Begun begun = opened.remove(step);
        if (begun == null || !(begun.fact() instanceof JournalRecord.StepOpened is)) {
            return;
        }
        for (TracedSample sample : of(is.ordinals())) {
            SortedMap<String, Object> attributes = new TreeMap<>();
            attributes.put("plimsoll.step", step);
            attributes.put("plimsoll.sequences", (long) is.ordinals().size());
            version.ifPresent(made -> attributes.put("plimsoll.version", made));
            internal(sample, "step", "step-" + step, begun.atMillis(), atMillis, attributes, error);
        }
    }

    private void internal(
            TracedSample sample,
            String name,
            String unique,
            long from,
            long to,
            SortedMap<String, Object> attributes,
            Optional<String> error) {
        spans.add(new TracedSpan(
                name,
                SpanKind.INTERNAL,
                sample.context().within(unique),
                Optional.of(sample.context()),
                from,
                to,
                attributes,
                error));
    }

    private List<TracedSample> of(List<Long> ordinals) {
        List<TracedSample> traced = new ArrayList<>();
        for (Long ordinal : ordinals) {
            TracedSample sample = byOrdinal.get(ordinal);
            if (sample != null) {
                traced.add(sample);
            }
        }
        return traced;
    }
}
