package dev.plimsoll.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.MemoryReading;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

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
    void others_get_what_is_free_and_keep_it() {
        long[] want = {0};
        SimulatedCardMeter shared = new SimulatedCardMeter(100 * MIB, () -> want[0]);
        shared.hold(60 * MIB);
        want[0] = 50 * MIB;
        assertThat(shared.read())
                .isEqualTo(new MemoryReading(60 * MIB, 60 * MIB, 60 * MIB, 0, 40 * MIB, 100 * MIB));
        assertThatThrownBy(() -> shared.work(MIB)).isInstanceOf(CardFullException.class);
        shared.release(20 * MIB);
        shared.trim(0);
        assertThat(shared.read().othersBytes()).isEqualTo(50 * MIB);
        assertThat(shared.read().freeBytes()).isEqualTo(10 * MIB);
        want[0] = 0;
        shared.work(60 * MIB);
        assertThat(shared.read().othersBytes()).isZero();
    }

    @Test
    void what_others_want_stands_in_a_file(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("others");
        assertThat(new SimulatedOthers(file).getAsLong()).isZero();
        Files.writeString(file, "123\n");
        assertThat(new SimulatedOthers(file).getAsLong()).isEqualTo(123);
        Files.writeString(file, "half a num");
        assertThat(new SimulatedOthers(file).getAsLong()).isZero();
    }

    @Test
    void releasing_more_than_is_held_is_a_bug() {
        assertThatThrownBy(() -> card.release(1)).isInstanceOf(IllegalStateException.class);
    }
}
