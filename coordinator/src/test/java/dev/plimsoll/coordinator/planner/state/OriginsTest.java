package dev.plimsoll.coordinator.planner.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.Test;

import java.util.stream.LongStream;

class OriginsTest {

    private static Origins of(long... offsets) {
        return LongStream.of(offsets)
                .mapToObj(offset -> new SampleOrigin(0, offset))
                .reduce(Origins.none(), Origins::plus, (a, b) -> b);
    }

    @Test
    void whatWasAddedIsThereAndNothingElse() {
        Origins some = of(0, 1, 2, 5, 9, 6);
        assertThat(LongStream.range(0, 12)
                        .filter(offset -> some.contains(new SampleOrigin(0, offset))))
                .containsExactly(0L, 1L, 2L, 5L, 6L, 9L);
        assertThat(some.contains(new SampleOrigin(1, 0))).isFalse();
        assertThat(of(5, 3, 4)).isEqualTo(of(3, 4, 5)).hasSameHashCodeAs(of(3, 4, 5));
        assertThat(some.toJson()).hasToString("{0=[0, 2, 5, 6, 9, 9]}");
    }

    @Test
    void addedAgainItIsTheSame() {
        Origins some = of(3, 4);
        assertThat(some.plus(new SampleOrigin(0, 4))).isSameAs(some);
        assertThat(some).isNotEqualTo(of(3)).isNotEqualTo("3, 4");
    }

    @Test
    void oneFarAwayDoesNotHideThoseBeforeIt() {
        Origins some = of(0, 1L << 50);
        assertThat(some.contains(new SampleOrigin(0, 1))).isFalse();
    }

    @Test
    void ofManyStretchesTheOldestGapsCountAsAdmitted() {
        Origins many =
                of(LongStream.range(0, Origins.STRETCHES + 3).map(i -> 2 * i).toArray());
        assertThat(many.toJson().get(0)).hasSize(2 * Origins.STRETCHES);
        assertThat(many.contains(new SampleOrigin(0, 1))).isTrue();
        long lastGap = 2L * (Origins.STRETCHES + 2) - 1;
        assertThat(many.contains(new SampleOrigin(0, lastGap))).isFalse();
    }

    @Test
    void itComesBackFromASnapshot() throws Exception {
        Origins some = of(0, 1, 5).plus(new SampleOrigin(3, 7));
        String json = Json.mapper().writeValueAsString(some);
        assertThat(Json.mapper().readValue(json, Origins.class)).isEqualTo(some);
    }
}
