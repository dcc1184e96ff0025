package dev.plimsoll.audit.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

class OriginMapTest {

    /** Neighbours, places far away, and many of both; seeded. */
    @Test
    void itHoldsWhatAnyMapHolds() {
        Random dice = new Random(7);
        Map<SampleOrigin, Long> expected = new HashMap<>();
        OriginMap<Long> map = new OriginMap<>();
        for (long i = 0; i < 20_000; i++) {
            long offset = dice.nextInt(3) == 0 ? dice.nextLong() : dice.nextInt(5_000);
            SampleOrigin origin = new SampleOrigin(dice.nextInt(3), offset & Long.MAX_VALUE);
            if (dice.nextBoolean()) {
                assertThat(map.putIfAbsent(origin, i)).isEqualTo(expected.putIfAbsent(origin, i));
            } else {
                map.put(origin, i);
                expected.put(origin, i);
            }
        }
        Map<SampleOrigin, Long> held = new HashMap<>();
        map.forEach(held::put);
        assertThat(held).isEqualTo(expected);
        assertThat(map.origins()).containsExactlyInAnyOrderElementsOf(expected.keySet());
        assertThat(map.containsKey(new SampleOrigin(3, 0))).isFalse();
        assertThat(map.get(new SampleOrigin(0, 4_000_000))).isNull();
    }

    /** The same of those with numbers. */
    @Test
    void numbersAreHeldAsAnyMapHoldsThem() {
        Random dice = new Random(11);
        Map<SampleOrigin, Long> expected = new HashMap<>();
        OriginNumbers map = new OriginNumbers();
        for (long i = 0; i < 20_000; i++) {
            long offset = dice.nextInt(3) == 0 ? dice.nextLong() : dice.nextInt(5_000);
            SampleOrigin origin = new SampleOrigin(dice.nextInt(3), offset & Long.MAX_VALUE);
            Long before = expected.putIfAbsent(origin, i);
            assertThat(map.putIfAbsent(origin, i))
                    .isEqualTo(before == null ? LongNumbers.NONE : before);
        }
        Map<SampleOrigin, Long> held = new HashMap<>();
        map.forEach(held::put);
        assertThat(held).isEqualTo(expected);
        assertThat(map.origins()).containsExactlyInAnyOrderElementsOf(expected.keySet());
        assertThat(map.containsKey(new SampleOrigin(3, 0))).isFalse();
        assertThat(map.find(new SampleOrigin(0, 4_000_000))).isNull();
        LongNumbers zeros = new LongNumbers();
        assertThat(zeros.put(0, 0)).isEqualTo(LongNumbers.NONE);
        assertThat(zeros.put(0, 7)).isZero();
        assertThat(zeros.keys()).containsExactly(0L);
    }

    @Test
    void zeroIsAKeyAsAnyOther() {
        LongMap<String> map = new LongMap<>();
        assertThat(map.containsKey(0)).isFalse();
        assertThat(map.keys()).isEmpty();
        assertThat(map.put(0, "a")).isNull();
        assertThat(map.put(0, "b")).isEqualTo("a");
        assertThat(map.putIfAbsent(0, "c")).isEqualTo("b");
        assertThat(map.keys()).containsExactly(0L);
    }
}
