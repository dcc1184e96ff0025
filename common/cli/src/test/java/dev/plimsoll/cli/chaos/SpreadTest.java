package dev.plimsoll.cli.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.LongStream;

class SpreadTest {

    @Test
    void percentilesAreTheNearestRank() {
        List<Long> hundred = LongStream.rangeClosed(1, 100).boxed().toList().reversed();
        assertThat(Spread.of(hundred)).isEqualTo(new Spread(100, 50, 99, 100));
        assertThat(Spread.of(List.of(1L, 2L, 3L))).isEqualTo(new Spread(3, 2, 3, 3));
        assertThat(Spread.of(List.of(7L))).isEqualTo(new Spread(1, 7, 7, 7));
        assertThat(Spread.of(List.of())).isEqualTo(new Spread(0, 0, 0, 0));
    }
}
