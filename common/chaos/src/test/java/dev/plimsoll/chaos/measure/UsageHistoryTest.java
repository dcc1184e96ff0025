package dev.plimsoll.chaos.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

class UsageHistoryTest {

    @Test
    void aRowHoldsTheLastValueBeforeEachMomentAndTheMost() {
        UsageHistory footprint = new UsageHistory();
        footprint.add("a", 1_050, 10);
        footprint.add("a", 1_300, 90);
        footprint.add("a", 1_490, 50);
        footprint.add("a", 2_500, 40);
        footprint.add("late", 1_600, 5);
        assertThat(footprint.at(1_000, 2_000))
                .containsEntry("a", List.of(10L, 50L, 50L, 90L))
                .containsEntry("late", List.of(-1L, -1L, 5L, 5L));
    }
}
