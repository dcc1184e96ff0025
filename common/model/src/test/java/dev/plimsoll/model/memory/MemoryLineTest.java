package dev.plimsoll.model.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.memory.MemoryLine.Change;
import dev.plimsoll.wire.protocol.MemoryMeasures;

import org.junit.jupiter.api.Test;

import java.util.Optional;

class MemoryLineTest {

    private static final long GIB = 1L << 30;
    private static final long TOTAL = 64 * GIB;

    private static MemoryMeasures card(long usedGib, long othersGib) {
        long reserved = usedGib * GIB;
        return new MemoryMeasures(
                usedGib * GIB,
                usedGib * GIB,
                reserved,
                TOTAL - reserved - othersGib * GIB,
                othersGib * GIB,
                TOTAL);
    }

    private static MemoryMeasures card(long usedGib, long othersGib, long moreUsedMib) {
        MemoryMeasures of = card(usedGib, othersGib);
        return new MemoryMeasures(
                of.usedBytes() + (moreUsedMib << 20),
                of.peakBytes(),
                of.reservedBytes(),
                of.freeBytes(),
                of.othersBytes(),
                of.budgetBytes());
    }

    private static MemoryLine line(MemoryMeasures memory, long now) {
        return MemoryLine.after(Optional.empty(), memory, now).orElseThrow().line();
    }

    @Test
    void the_line_is_what_can_be_reached_less_a_reserve() {
        MemoryLine line = line(card(16, 1), 5);
        assertThat(line).isEqualTo(new MemoryLine(16 * GIB, 62 * GIB, 5));
        assertThat(line.roomBytes()).isEqualTo(46 * GIB);
    }

    @Test
    void under_a_cap_it_is_the_lower_of_the_two() {
        MemoryLine line = line(card(16, 1), 5);
        assertThat(line.under(0)).isEqualTo(line);
        assertThat(line.under(64 * GIB)).isEqualTo(line);
        assertThat(line.under(32 * GIB)).isEqualTo(new MemoryLine(16 * GIB, 32 * GIB - GIB / 2, 5));
        for (long bytes : new long[] {62, 63, 64, 1_000_003, 40 * GIB + 7}) {
            long cap = MemoryLine.leastCap(bytes);
            MemoryLine high = new MemoryLine(0, Long.MAX_VALUE, 0);
            assertThat(high.under(cap).lineBytes()).isGreaterThanOrEqualTo(bytes);
            assertThat(high.under(cap - 1).lineBytes()).isLessThan(bytes);
        }
    }

    @Test
    void an_allocator_keeps_nothing_above_the_line_under_its_cap() {
        MemoryMeasures none = new MemoryMeasures(0, 0, 0, 0, 0, 0);
        assertThat(MemoryLine.keepBytes(none, full(16, 3, 10), 32 * GIB))
                .isEqualTo(32 * GIB - GIB / 2);
        assertThat(MemoryLine.keepBytes(none, full(16, 3, 10), 8 * GIB)).isEqualTo(16 * GIB);
        assertThat(MemoryLine.keepBytes(none, full(16, 3, 10), 0))
                .isEqualTo(MemoryLine.keepBytes(none, full(16, 3, 10)));
    }

    @Test
    void it_drops_at_once_and_rises_after_a_rest() {
        MemoryLine before = line(card(16, 1), 0);
        Change lowered = MemoryLine.after(Optional.of(before), card(16, 9), 10).orElseThrow();
        assertThat(lowered.line().lineBytes()).isEqualTo(54 * GIB);
        assertThat(lowered.note()).isEqualTo("others hold 9216 MiB: down to 54 GiB");
        Optional<MemoryLine> low = Optional.of(lowered.line());
        assertThat(MemoryLine.after(low, card(16, 1), 100)).isEmpty();
        Change raised = MemoryLine.after(low, card(16, 1), 10 + MemoryLine.RAISE_AFTER_MILLIS)
                .orElseThrow();
        assertThat(raised.line().lineBytes()).isEqualTo(62 * GIB);
        assertThat(raised.note()).contains("up to 62 GiB");
    }

    @Test
    void it_rises_although_the_clock_was_set_back() {
        Optional<MemoryLine> low = Optional.of(line(card(16, 9), 3_600_000));
        assertThat(MemoryLine.after(low, card(16, 1), 10)).isPresent();
    }

    /** A 50th of the room, no less than a 2,000th of the budget and no more than a 200th. */
    @Test
    void what_a_worker_uses_itself_matters_by_the_room_that_it_leaves() {
        long mib = 1 << 20;
        MemoryLine roomy = line(card(16, 1), 0);
        assertThat(MemoryLine.after(Optional.of(roomy), card(16, 1, 320), 1)).isEmpty();
        assertThat(MemoryLine.after(Optional.of(roomy), card(16, 1, 340), 1).map(Change::line))
                .contains(new MemoryLine(16 * GIB + 340 * mib, roomy.lineBytes(), 0));
        MemoryLine crowded = line(card(16, 43), 0);
        assertThat(crowded.roomBytes()).isEqualTo(4 * GIB);
        assertThat(MemoryLine.after(Optional.of(crowded), card(16, 43, 90), 1)).isEmpty();
        assertThat(MemoryLine.after(Optional.of(crowded), card(16, 43, 110), 1)).isPresent();
        MemoryLine full = line(card(16, 46), 0);
        assertThat(MemoryLine.after(Optional.of(full), card(16, 46, 30), 1)).isEmpty();
    }

    @Test
    void what_flickers_changes_it_a_few_times_a_minute_at_most() {
        Optional<MemoryLine> line = Optional.of(line(card(16, 1), 0));
        int changes = 0;
        for (long now = 0; now < 60_000; now += 200) {
            Optional<Change> change =
                    MemoryLine.after(line, card(16, now / 200 % 2 == 0 ? 9 : 1), now);
            if (change.isPresent()) {
                changes++;
                line = change.map(Change::line);
            }
        }
        assertThat(changes).isLessThanOrEqualTo(60);
    }

    /** Reserved by the allocator: what is not free and not others'. */
    private static MemoryMeasures full(long usedGib, long othersGib, long freeMib) {
        long free = freeMib << 20;
        return new MemoryMeasures(
                usedGib * GIB,
                usedGib * GIB,
                TOTAL - othersGib * GIB - free,
                free,
                othersGib * GIB,
                TOTAL);
    }

    @Test
    void who_finds_the_card_full_is_left_as_much_again_and_at_most_half_the_room() {
        Optional<MemoryLine> before = Optional.of(line(full(16, 1, 1024), 0));
        Change lowered = MemoryLine.after(before, full(16, 3, 10), 10).orElseThrow();
        assertThat(lowered.line().lineBytes()).isEqualTo(58 * GIB);
        assertThat(lowered.note())
                .isEqualTo("others hold 3072 MiB and the card is full: down to 58 GiB, for more of "
                        + "them");
        assertThat(MemoryLine.after(before, full(16, 41, 10), 10)
                        .orElseThrow()
                        .line()
                        .roomBytes())
                .isEqualTo(3 * GIB);
        Optional<MemoryLine> low = Optional.of(lowered.line());
        assertThat(MemoryLine.after(low, full(16, 3, 1024), 3_000)
                        .orElseThrow()
                        .line()
                        .lineBytes())
                .isEqualTo(60 * GIB);
    }

    @Test
    void an_allocator_leaves_the_reserve_and_who_wants_more_as_much_again() {
        MemoryMeasures none = new MemoryMeasures(0, 0, 0, 0, 0, 0);
        assertThat(MemoryLine.keepBytes(none, full(16, 3, 10))).isEqualTo(60 * GIB);
        assertThat(MemoryLine.keepBytes(full(16, 3, 10), full(16, 3, 10))).isEqualTo(60 * GIB);
        assertThat(MemoryLine.keepBytes(full(16, 1, 1024), full(16, 3, 10))).isEqualTo(58 * GIB);
        assertThat(MemoryLine.keepBytes(full(16, 1, 1024), full(16, 3, 1024))).isEqualTo(60 * GIB);
        assertThat(MemoryLine.keepBytes(none, full(16, 50, 10))).isEqualTo(16 * GIB);
    }

    @Test
    void small_changes_are_none_and_a_new_rest_is_one() {
        Optional<MemoryLine> line = Optional.of(line(card(16, 1), 0));
        MemoryMeasures little =
                new MemoryMeasures(16 * GIB, 0, 16 * GIB, 47 * GIB - (100 << 20), GIB, TOTAL);
        assertThat(MemoryLine.after(line, little, 9_000)).isEmpty();
        Change heavier = MemoryLine.after(line, card(17, 1), 9_000).orElseThrow();
        assertThat(heavier.line()).isEqualTo(new MemoryLine(17 * GIB, 62 * GIB, 0));
    }

    @Test
    void a_card_that_nobody_can_read_has_no_line() {
        assertThat(MemoryLine.after(Optional.empty(), new MemoryMeasures(0, 0, 0, 0, 0, 0), 1))
                .isEmpty();
    }
}
