package dev.plimsoll.cli.trace;

import dev.plimsoll.wire.codec.TraceContext;

import io.opentelemetry.api.trace.SpanKind;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What happened to a sample, with its times by the clocks of those who wrote the records.
 *
 * @param parent empty for the first of a trace
 * @param endMillis not before the start: two machines' clocks may differ
 * @param attributes by OpenTelemetry's names where it has one
 * @param error what went wrong, if something did
 */
record TracedSpan(
        String name,
        SpanKind kind,
        TraceContext context,
        Optional<TraceContext> parent,
        long startMillis,
        long endMillis,
        SortedMap<String, Object> attributes,
        Optional<String> error) {

    TracedSpan {
        endMillis = Math.max(startMillis, endMillis);
        attributes = new TreeMap<>(attributes);
    }
}
