package dev.plimsoll.chaos.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.LongStream;

class DurationSummaryTest {

    @Test
    void percentilesAreTheNearestRank() {
        List<Long> hundred = LongStream.rangeClosed(1, 100).boxed().toList().reversed();
        assertThat(DurationSummary.of(hundred)).isEqualTo(new DurationSummary(100, 50, 99, 100));
        assertThat(DurationSummary.of(List.of(1L, 2L, 3L)))
                .isEqualTo(new DurationSummary(3, 2, 3, 3));
        assertThat(DurationSummary.of(List.of(7L))).isEqualTo(new DurationSummary(1, 7, 7, 7));
        assertThat(DurationSummary.of(List.of())).isEqualTo(new DurationSummary(0, 0, 0, 0));
    }
}
