package dev.plimsoll.wire.codec;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.stream.IntStream;

class TraceContextTest {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN = "00f067aa0ba902b7";

    private static RecordHeaders header(String text) {
        RecordHeaders headers = new RecordHeaders();
        headers.add(WireHeaders.header(TraceContext.HEADER, text));
        return headers;
    }

    /** The example of W3C's Trace Context. */
    @Test
    void aHeaderIsReadAndWrittenAsTheStandardHasIt() {
        String text = "00-" + TRACE + "-" + SPAN + "-01";
        TraceContext context = TraceContext.of(header(text)).orElseThrow();
        assertThat(context).isEqualTo(new TraceContext(TRACE, SPAN, true));
        assertThat(new String(context.header().value())).isEqualTo(text);
        assertThat(TraceContext.of(header("00-" + TRACE + "-" + SPAN + "-00")).orElseThrow())
                .isEqualTo(new TraceContext(TRACE, SPAN, false));
        assertThat(TraceContext.of(new RecordHeaders())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00-" + TRACE + "-" + SPAN,
                "ff-" + TRACE + "-" + SPAN + "-01",
                "00-00000000000000000000000000000000-" + SPAN + "-01",
                "00-" + TRACE + "-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + SPAN + "-01",
                "00-" + TRACE + "-" + SPAN + "-01-more"
            })
    void anythingElseIsNone(String text) {
        assertThat(TraceContext.of(header(text))).isEmpty();
    }

    @Test
    void spansAreNamedByWhatTheyAre() {
        TraceContext first = TraceContext.begin("r/0/7");
        assertThat(first).isEqualTo(TraceContext.begin("r/0/7"));
        assertThat(first.traceId()).isNotEqualTo(TraceContext.begin("r/0/8").traceId());
        TraceContext within = first.within("a");
        assertThat(within.traceId()).isEqualTo(first.traceId());
        assertThat(within.spanId()).isNotEqualTo(first.spanId());
        assertThat(within.within("b")).isNotEqualTo(first.within("b"));
        assertThat(within.first()).isEqualTo(first);
    }

    @Test
    void aShareOfTracesIsThatShare() {
        for (double share : new double[] {0, 0.01, 0.5, 1}) {
            long taken = IntStream.range(0, 20_000)
                    .filter(i -> TraceContext.begin("sample " + i).isOfShare(share))
                    .count();
            assertThat(taken / 20_000.0)
                    .isBetween(Math.max(0, share - 0.02), Math.min(1, share + 0.02));
        }
    }
}
