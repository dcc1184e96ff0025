package dev.plimsoll.coordinator.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.Map;

class DeletionWatchTest {

    private final DeletionWatch watch = new DeletionWatch();

    @Test
    void whoStaysBeforeTheBeginningIsNoticedAtTheSecondLook() {
        assertThat(watch.look(Map.of(0, 5L, 1, 3L), Map.of(0, 5L, 1, 4L))).isEmpty();
        assertThat(watch.look(Map.of(0, 5L, 1, 3L), Map.of(0, 5L, 1, 4L)).orElseThrow())
                .contains("offset 3 of partition 1");
    }

    @Test
    void whoGetsOnIsLeftAlone() {
        assertThat(watch.look(Map.of(0, 3L), Map.of(0, 4L))).isEmpty();
        assertThat(watch.look(Map.of(0, 4L), Map.of(0, 6L))).isEmpty();
        assertThat(watch.look(Map.of(0, 6L), Map.of(0, 6L))).isEmpty();
        assertThat(watch.look(Map.of(0, 6L), Map.of())).isEmpty();
    }
}
