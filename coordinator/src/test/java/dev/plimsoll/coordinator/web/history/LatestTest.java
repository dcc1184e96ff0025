package dev.plimsoll.coordinator.web.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.protocol.MemoryMeasures;

import org.junit.jupiter.api.Test;

class LatestTest {

    @Test
    void whatIsNewIsGivenOnce() {
        Latest<Integer> latest = new Latest<>(3);
        latest.add(1);
        latest.add(2);
        var first = latest.since(0);
        assertThat(first.things()).containsExactly(1, 2);
        assertThat(latest.since(first.seen()).things()).isEmpty();
        latest.add(3);
        assertThat(latest.since(first.seen()).things()).containsExactly(3);
    }

    @Test
    void whatIsNoMoreKeptIsMissing() {
        Latest<Integer> latest = new Latest<>(3);
        for (int i = 1; i <= 10; i++) {
            latest.add(i);
        }
        assertThat(latest.since(2).things()).containsExactly(8, 9, 10);
        assertThat(latest.since(9).things()).containsExactly(10);
        assertThat(latest.count()).isEqualTo(10);
        assertThat(latest.last(2)).containsExactly(9, 10);
    }

    @Test
    void aHullKeepsTheDeepestOfTwoSecondsAndTheLastLine() {
        Hull hull = new Hull();
        hull.measure(0, new MemoryMeasures(1, 9, 3, 0, 5, 60), 0, 7, 10);
        hull.measure(1_000, new MemoryMeasures(2, 4, 3, 0, 6, 60), 50, 0, 20);
        assertThat(hull.since(0).things()).isEmpty();
        hull.measure(2_000, new MemoryMeasures(3, 3, 3, 0, 0, 60), 40, 0, 30);
        assertThat(hull.since(0).things())
                .containsExactly(new Hull.Point(0, 2, 9, 3, 6, 50, 7, 20));
    }

    @Test
    void aHullIsBounded() {
        Hull hull = new Hull();
        for (long second = 0; second < 10_000; second++) {
            hull.measure(second * 1_000, new MemoryMeasures(1, 1, 1, 1, 1, 1), 1, 1, 1);
        }
        assertThat(hull.since(0).things()).hasSize(Hull.MOST_POINTS);
    }
}
