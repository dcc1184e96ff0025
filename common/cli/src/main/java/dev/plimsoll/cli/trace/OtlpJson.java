package dev.plimsoll.cli.trace;

import dev.plimsoll.wire.codec.TraceContext;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.logging.otlp.OtlpJsonLoggingSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Spans as one request of OTLP in JSON, as a collector takes it at {@code /v1/traces}. */
final class OtlpJson {

    private final List<SpanData> ended = new ArrayList<>();
    private final Ids ids = new Ids();
    private final String runId;

    OtlpJson(String runId) {
        this.runId = runId;
    }

    /** The ids that the next span is given. */
    private static final class Ids implements IdGenerator {
        private TraceContext next;

        @Override
        public String generateSpanId() {
            return next.spanId();
        }

        @Override
        public String generateTraceId() {
            return next.traceId();
        }
    }

    /** One line. */
    String of(List<TracedSpan> spans) {
        Resource resource = Resource.create(Attributes.of(
                AttributeKey.stringKey("service.name"),
                "plimsoll",
                AttributeKey.stringKey("plimsoll.run.id"),
                runId));
        try (SdkTracerProvider provider = SdkTracerProvider.builder()
                .setResource(resource)
                .setIdGenerator(ids)
                .addSpanProcessor(SimpleSpanProcessor.create(new Kept()))
                .build()) {
            Tracer tracer = provider.get("dev.plimsoll.trace");
            spans.stream()
                    .sorted(Comparator.comparingLong(TracedSpan::startMillis)
                            .thenComparing(TracedSpan::endMillis))
                    .forEach(span -> tell(tracer, span));
        }
        return "{\"resourceSpans\":[" + String.join(",", written()) + "]}";
    }

    private void tell(Tracer tracer, TracedSpan is) {
        ids.next = is.context();
        SpanBuilder builder = tracer.spanBuilder(is.name())
                .setSpanKind(is.kind())
                .setStartTimestamp(is.startMillis(), TimeUnit.MILLISECONDS);
        is.parent()
                .ifPresentOrElse(
                        parent ->
                                builder.setParent(Context.root().with(Span.wrap(context(parent)))),
                        builder::setNoParent);
        is.attributes().forEach((name, value) -> {
            if (value instanceof Long number) {
                builder.setAttribute(name, number);
            } else {
                builder.setAttribute(name, value.toString());
            }
        });
        Span span = builder.startSpan();
        is.error().ifPresent(note -> span.setStatus(StatusCode.ERROR, note));
        span.end(is.endMillis(), TimeUnit.MILLISECONDS);
    }

    private static SpanContext context(TraceContext parent) {
        return SpanContext.createFromRemoteParent(
                parent.traceId(),
                parent.spanId(),
                TraceFlags.getSampled(),
                TraceState.getDefault());
    }

    /** The exporter writes each resource's spans as a line of a log. */
    private List<String> written() {
        List<String> lines = new ArrayList<>();
        Logger log = Logger.getLogger(OtlpJsonLoggingSpanExporter.class.getName());
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        log.setUseParentHandlers(false);
        log.setLevel(Level.INFO);
        log.addHandler(handler);
        try {
            OtlpJsonLoggingSpanExporter.create().export(ended);
        } finally {
            log.removeHandler(handler);
        }
        return lines;
    }

    /** Keeps what has ended, so that it is written as a whole. */
    private final class Kept implements SpanExporter {
        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            ended.addAll(spans);
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }
}
