package dev.plimsoll.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.FailureReason;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

class PinnedSlabTest {

    private static final long MIB = 1L << 20;

    /** A machine of so many bytes, whose addresses have gaps. */
    private static final class Machine implements PinnedSlab.Pins {
        private final TreeMap<Long, Long> pinned = new TreeMap<>();
        private long available;
        private long refusesAt = Long.MAX_VALUE;
        private long next = 1 << 12;

        private Machine(long available) {
            this.available = available;
        }

        @Override
        public long pin(long bytes) {
            if (pinned.size() >= refusesAt) {
                throw new IllegalStateException("cudaHostAlloc failed with 2");
            }
            long address = next;
            pinned.put(address, bytes);
            available -= bytes;
            next += bytes + (1 << 12);
            return address;
        }

        @Override
        public void unpin(long address) {
            available += pinned.remove(address);
        }

        @Override
        public long availableBytes() {
            return available;
        }
    }

    @Test
    void it_grows_by_what_is_missing_and_pins_nothing_twice() {
        Machine machine = new Machine(10_000 * MIB);
        PinnedSlab slab = new PinnedSlab(machine);
        slab.require(300 * MIB);
        List<Long> first = List.copyOf(machine.pinned.keySet());
        assertThat(machine.pinned.values()).containsExactly(128 * MIB, 128 * MIB, 44 * MIB);
        slab.require(200 * MIB);
        assertThat(machine.pinned).hasSize(3);
        slab.require(301 * MIB + 1);
        assertThat(machine.pinned.keySet()).containsAll(first);
        assertThat(slab.bytes()).isEqualTo(302 * MIB);
        slab.close();
        assertThat(machine.pinned).isEmpty();
        assertThat(machine.available).isEqualTo(10_000 * MIB);
    }

    /** Half of 1,000 MiB, and of what is left then. */
    @Test
    void what_only_saves_time_gets_no_more_than_a_part_and_nothing_if_that_is_too_little() {
        Machine machine = new Machine(1_000 * MIB);
        PinnedSlab slab = new PinnedSlab(machine);
        assertThat(slab.requireWithin(501 * MIB, 2)).isFalse();
        assertThat(slab.bytes()).isZero();
        assertThat(slab.requireWithin(500 * MIB, 2)).isTrue();
        assertThat(slab.bytes()).isEqualTo(500 * MIB);
        assertThat(slab.requireWithin(400 * MIB, 2)).isTrue();
        assertThat(slab.requireWithin(750 * MIB, 2)).isTrue();
        machine.refusesAt = machine.pinned.size();
        assertThat(slab.requireWithin(800 * MIB, 2)).isFalse();
        assertThat(slab.bytes()).isEqualTo(750 * MIB);
    }

    /** A layer's input lies where the slab's blocks happen to be. */
    @Test
    void a_range_is_the_pieces_of_the_blocks_that_it_crosses() {
        Machine machine = new Machine(10_000 * MIB);
        PinnedSlab slab = new PinnedSlab(machine);
        slab.require(10 * MIB);
        slab.require(300 * MIB);
        List<Long> blocks = new ArrayList<>(machine.pinned.keySet());
        List<List<Long>> pieces = new ArrayList<>();
        slab.pieces(9 * MIB, 200 * MIB, (at, from, bytes) -> pieces.add(List.of(at, from, bytes)));
        assertThat(pieces)
                .containsExactly(
                        List.of(blocks.get(0) + 9 * MIB, 0L, MIB),
                        List.of(blocks.get(1), MIB, 128 * MIB),
                        List.of(blocks.get(2), 129 * MIB, 71 * MIB));
        assertThatThrownBy(() -> slab.pieces(200 * MIB, 101 * MIB, (at, from, bytes) -> {}))
                .hasMessageContaining("slab of " + 300 * MIB);
    }

    @Test
    void more_than_the_machine_has_is_an_out_of_memory_with_its_remedy() {
        Machine machine = new Machine(1_000);
        PinnedSlab slab = new PinnedSlab(machine);
        assertThatThrownBy(() -> slab.require(1_001))
                .isInstanceOfSatisfying(HostFullException.class, e -> {
                    assertThat(e.wantedBytes()).isEqualTo(1_001);
                    assertThat(Refusal.of(e).orElseThrow().reason())
                            .isEqualTo(FailureReason.OUT_OF_MEMORY);
                    assertThat(Refusal.of(e).orElseThrow().wantedBytes())
                            .as("of the card")
                            .isZero();
                })
                .hasMessageContaining("what layers leave in host memory needs 1001 more bytes")
                .hasMessageContaining("this machine or its container has 1000 available")
                .hasMessageContaining("max-sequence-tokens");
        assertThat(machine.pinned).isEmpty();
    }

    @Test
    void a_system_that_refuses_is_an_out_of_memory_too_and_keeps_what_is_there() {
        Machine machine = new Machine(10_000 * MIB);
        machine.refusesAt = 1;
        PinnedSlab slab = new PinnedSlab(machine);
        assertThatThrownBy(() -> slab.require(200 * MIB))
                .isInstanceOf(CardFullException.class)
                .hasMessageContaining("the system refused it: cudaHostAlloc failed with 2");
        assertThat(slab.bytes()).isEqualTo(128 * MIB);
        slab.require(128 * MIB);
    }

    @Test
    void beforehand_it_takes_no_more_than_its_part_and_no_refusal_harms() {
        Machine machine = new Machine(800 * MIB);
        PinnedSlab slab = new PinnedSlab(machine);
        slab.growWithin(50 * MIB, 8);
        assertThat(slab.bytes()).isEqualTo(50 * MIB);
        slab.growWithin(1_000 * MIB, 8);
        assertThat(slab.bytes()).isEqualTo(50 * MIB + 750 * MIB / 8 / MIB * MIB);
        machine.refusesAt = 0;
        long before = slab.bytes();
        slab.growWithin(1_000 * MIB, 2);
        assertThat(slab.bytes()).isEqualTo(before);
    }

    @Test
    void between_steps_it_grows_by_a_quarter_but_not_above_what_can_ever_be_needed() {
        PinnedSlab slab = new PinnedSlab(new Machine(10_000 * MIB));
        slab.require(400 * MIB);
        slab.growAhead(400 * MIB, 450 * MIB, 2);
        assertThat(slab.bytes()).isEqualTo(450 * MIB);
        slab.growAhead(400 * MIB, Long.MAX_VALUE, 2);
        assertThat(slab.bytes()).isEqualTo(500 * MIB);
        slab.require(600 * MIB);
        slab.growAhead(600 * MIB, 450 * MIB, 2);
        assertThat(slab.bytes()).as("packed ones need more than one sequence").isEqualTo(750 * MIB);
    }

    /** Eight workers of a machine that begin at the same moment: each took an eighth of it. */
    @Test
    void what_others_take_at_the_same_time_is_left_to_them() {
        Machine machine = new Machine(8_000 * MIB);
        PinnedSlab slab = new PinnedSlab(new PinnedSlab.Pins() {
            @Override
            public long pin(long bytes) {
                machine.available -= 7 * bytes;
                return machine.pin(bytes);
            }

            @Override
            public void unpin(long address) {
                machine.unpin(address);
            }

            @Override
            public long availableBytes() {
                return machine.availableBytes();
            }
        });
        slab.growWithin(1_000 * MIB, 8);
        assertThat(slab.bytes()).isBetween(400 * MIB, 600 * MIB);
        assertThat(machine.available).isPositive();
        assertThatThrownBy(() -> slab.require(slab.bytes() + machine.available))
                .isInstanceOf(HostFullException.class)
                .hasMessageContaining("others took");
    }
}
