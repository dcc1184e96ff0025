package dev.plimsoll.cli.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.codec.TraceContext;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

class SampleSpansTest {

    private static final Topics TOPICS = new Topics("t");
    private static final MemoryPlan PLAN = new MemoryPlan(2, 64, 0);

    private static TracedSample sample(long ordinal, TraceContext context) {
        return new TracedSample(
                new TokenizedSample.Head(
                        "id-" + ordinal,
                        new SampleOrigin(0, ordinal),
                        "hash",
                        0,
                        new SequenceRef(ordinal, 50, 40, 1),
                        0,
                        List.of(),
                        "default"),
                0,
                ordinal,
                2_000,
                context);
    }

    private static ConsumerRecord<byte[], byte[]> submitted(
            long offset, Optional<TraceContext> with) {
        RecordHeaders headers = new RecordHeaders();
        with.ifPresent(context -> headers.add(context.header()));
        return new ConsumerRecord<>(
                TOPICS.samples(),
                0,
                offset,
                1_000,
                TimestampType.CREATE_TIME,
                0,
                0,
                null,
                new byte[0],
                headers,
                Optional.empty());
    }

    /** The first attempt runs out of memory; the second one is contributed. */
    private static void train(SampleSpans spans, ContributionRef contribution) {
        spans.take(new JournalRecord.StepOpened(3, List.of(5L, 6L), 0, ""), 3_000);
        for (long attempt = 1; attempt <= 2; attempt++) {
            spans.take(
                    new JournalRecord.MicroBatchDispatched(
                            new Attempt(attempt, 3), "anna", 1, List.of(5L, 6L), PLAN),
                    4_000 + attempt);
            if (attempt == 1) {
                spans.take(
                        new JournalRecord.MicroBatchReturned(
                                new Attempt(1, 3), FailureReason.OUT_OF_MEMORY, "1 MiB", 1),
                        4_500);
            }
        }
        spans.take(new JournalRecord.MicroBatchAccepted(new Attempt(2, 3), 9, 40), 5_000);
        spans.take(new JournalRecord.ContributionAccepted(contribution), 6_000);
        spans.take(new JournalRecord.StepCommitted(3, 4, 4, Optional.empty()), 7_000);
    }

    @Test
    void aSamplesWayIsToldFromItsSendingToItsStep() throws Exception {
        TraceContext first = TraceContext.begin("r/0/5");
        TraceContext ingest = first.within("0/5");
        SampleSpans spans = new SampleSpans(TOPICS, List.of(sample(5, ingest)));
        spans.submitted(submitted(4, Optional.empty()));
        spans.submitted(submitted(5, Optional.of(first)));
        train(spans, new ContributionRef(7, "anna", 1, List.of(2L), List.of()));

        JsonNode json = Json.mapper().readTree(new OtlpJson("r").of(spans.spans()));
        JsonNode resource = json.at("/resourceSpans/0");
        assertThat(resource.at("/resource/attributes").toString())
                .contains("service.name", "plimsoll.run.id");
        List<JsonNode> told = new ArrayList<>();
        resource.at("/scopeSpans/0/spans").forEach(told::add);
        assertThat(told.stream().map(span -> span.path("name").asText()))
                .containsExactly(
                        "send t.samples",
                        "process t.samples",
                        "wait for a step",
                        "step",
                        "micro-batch",
                        "micro-batch",
                        "contribution");
        assertThat(told).allMatch(span -> span.path("traceId").asText().equals(first.traceId()));
        assertThat(told.stream().map(span -> span.path("spanId").asText())).doesNotHaveDuplicates();
        assertThat(told.get(0).path("parentSpanId").asText()).isEmpty();
        assertThat(told.get(1).path("parentSpanId").asText()).isEqualTo(first.spanId());
        assertThat(told.subList(2, 7))
                .allMatch(span -> span.path("parentSpanId").asText().equals(ingest.spanId()));
        assertThat(told.get(6).path("startTimeUnixNano").asText()).isEqualTo("5000000000");
        assertThat(told.get(6).path("endTimeUnixNano").asText()).isEqualTo("6000000000");
        assertThat(told.get(4).at("/status/message").asText()).isEqualTo("OUT_OF_MEMORY: 1 MiB");
        assertThat(told.get(1).path("attributes").toString())
                .contains("messaging.system", "\"kafka\"", "messaging.kafka.offset", "\"5\"")
                .contains("messaging.destination.name", "plimsoll.tokens", "\"50\"");
        assertThat(told.get(3).path("attributes").toString()).contains("plimsoll.version");
    }

    @Test
    void itGoesOnWithTheTraceOfWhoSentIt() {
        TraceContext theirs = new TraceContext("a".repeat(32), "b".repeat(16), true);
        SampleSpans spans = new SampleSpans(TOPICS, List.of(sample(5, theirs.within("0/5"))));
        spans.submitted(submitted(5, Optional.of(theirs)));
        assertThat(spans.spans()).hasSize(1);
        assertThat(spans.spans().getFirst().parent()).contains(theirs);
    }

    /** Two samples that one trace of a producer sent. */
    @Test
    void samplesOfOneTraceHaveSpansOfTheirOwn() {
        TraceContext theirs = new TraceContext("a".repeat(32), "b".repeat(16), true);
        SampleSpans spans = new SampleSpans(
                TOPICS, List.of(sample(5, theirs.within("0/5")), sample(6, theirs.within("0/6"))));
        train(spans, new ContributionRef(7, "anna", 1, List.of(2L), List.of()));
        assertThat(spans.spans()).hasSize(10);
        assertThat(spans.spans().stream().map(span -> span.context().spanId()))
                .doesNotHaveDuplicates();
    }
}
