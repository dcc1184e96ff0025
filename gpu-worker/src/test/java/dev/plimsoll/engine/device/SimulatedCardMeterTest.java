package dev.plimsoll.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.MemoryReading;

import org.junit.jupiter.api.Test;

class SimulatedCardMeterTest {

    private static final long MIB = 1 << 20;

    private final SimulatedCardMeter card = new SimulatedCardMeter(100 * MIB);

    @Test
    void counts_used_and_peak_to_the_byte_and_reserves_blocks() {
        card.hold(3);
        card.work(10);
        assertThat(card.read())
                .isEqualTo(new MemoryReading(3, 13, 2 * MIB, 98 * MIB, 0, 100 * MIB));
        card.release(3);
        assertThat(card.read().usedBytes()).isZero();
        assertThat(card.read().peakBytes()).isEqualTo(13);
        card.resetPeak();
        assertThat(card.read().peakBytes()).isZero();
    }

    @Test
    void keeps_what_it_reserved_until_trimmed() {
        card.hold(50 * MIB);
        card.release(49 * MIB);
        assertThat(card.read().reservedBytes()).isEqualTo(50 * MIB);
        card.trim(20 * MIB);
        assertThat(card.read().reservedBytes()).isEqualTo(20 * MIB);
        card.trim(0);
        assertThat(card.read().reservedBytes()).isEqualTo(2 * MIB);
    }

    @Test
    void refuses_what_does_not_fit_and_counts_nothing_of_it() {
        card.hold(60 * MIB);
        assertThatThrownBy(() -> card.hold(41 * MIB))
                .isInstanceOfSatisfying(
                        CardFullException.class,
                        e -> assertThat(e.wantedBytes()).isEqualTo(41 * MIB));
        assertThat(card.read().usedBytes()).isEqualTo(60 * MIB);
        card.hold(40 * MIB);
        assertThat(card.read().freeBytes()).isZero();
    }

    @Test
    void others_take_room() {
        card.occupyByOthers(90 * MIB);
        assertThatThrownBy(() -> card.work(11 * MIB))
                .hasMessageContaining("no room for 11534336 more");
        assertThat(card.read().othersBytes()).isEqualTo(90 * MIB);
        assertThat(card.read().freeBytes()).isEqualTo(10 * MIB);
        card.occupyByOthers(0);
        card.work(11 * MIB);
    }

    @Test
    void releasing_more_than_is_held_is_a_bug() {
        assertThatThrownBy(() -> card.release(1)).isInstanceOf(IllegalStateException.class);
    }
}
