package dev.plimsoll.wire.codec;

import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a record stands in a trace: W3C Trace Context, level 1, in a header of Kafka's. Ids are
 * hashes of what they are of, so that who tells a trace again tells the same spans.
 *
 * @param traceId 32 hexadecimal digits, not all 0
 * @param spanId of the span that wrote the record: 16 hexadecimal digits, not all 0
 * @param sampled whether the trace is to be kept
 */
public record TraceContext(String traceId, String spanId, boolean sampled) {

    public static final String HEADER = "traceparent";

    private static final Pattern FORM =
            Pattern.compile("00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})");
    private static final int TRACE_DIGITS = 32;
    private static final int SPAN_DIGITS = 16;
    private static final int SAMPLED = 1;
    private static final double ALL = Math.pow(2, 52);

    /** The first span of a trace of its own, by what it is of. */
    public static TraceContext begin(String of) {
        return first(digits(of, TRACE_DIGITS), true);
    }

    private static TraceContext first(String traceId, boolean sampled) {
        return new TraceContext(traceId, digits(traceId, SPAN_DIGITS), sampled);
    }

    /** The span with which this trace would have begun if {@link #begin} began it. */
    public TraceContext first() {
        return first(traceId, sampled);
    }

    /** Empty where there is none, or none of this form: it is then as if there were none. */
    public static Optional<TraceContext> of(Headers headers) {
        String text = WireHeaders.find(headers, HEADER);
        if (text == null) {
            return Optional.empty();
        }
        Matcher parts = FORM.matcher(text);
        return parts.matches()
                ? Optional.of(new TraceContext(
                        parts.group(1),
                        parts.group(2),
                        (Integer.parseInt(parts.group(3), 16) & SAMPLED) != 0))
                : Optional.empty();
    }

    /** The span of that name within this one. */
    public TraceContext within(String name) {
        String of = traceId + "/" + spanId + "/" + name;
        return new TraceContext(traceId, digits(of, SPAN_DIGITS), sampled);
    }

    /**
     * Whether the trace is one of that share of all traces.
     *
     * @param share 0 to 1
     */
    public boolean isOfShare(double share) {
        // 13 of the digits are as many bits as a double holds exactly
        return Long.parseLong(traceId.substring(0, 13), 16) < share * ALL;
    }

    public Header header() {
        return WireHeaders.header(
                HEADER, "00-" + traceId + "-" + spanId + (sampled ? "-01" : "-00"));
    }

    private static String digits(String of, int count) {
        String hash = Checksums.sha256Hex(of).substring(0, count);
        return hash.matches("0+") ? "1".repeat(count) : hash;
    }
}
