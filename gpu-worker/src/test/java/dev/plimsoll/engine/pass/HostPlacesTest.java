package dev.plimsoll.engine.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.device.HostFullException;
import dev.plimsoll.engine.device.LayerOffload;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.LinearSizes;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.LongStream;

class HostPlacesTest {

    private static final ActivationSizes SIZES = new ActivationSizes(
            LinearSizes.on(
                    "cuda",
                    RandomModel.shape("8b"),
                    new LoraSettings(16, 32, false, EnumSet.allOf(Projection.class))),
            Precision.BF16);
    private static final long INPUT = 1000L * 4096 * 2;
    private static final MemoryPlan PLAN = new MemoryPlan(32, 64, 0, 8, 1);

    /** A host with so many bytes, which are never given back. */
    private static final class Host implements LayerOffload {
        private final long bytes;
        private final List<List<Long>> reserved = new ArrayList<>();

        private Host(long bytes) {
            this.bytes = bytes;
        }

        @Override
        public void reserve(int places, long... partBytes) {
            long wanted = places * LongStream.of(partBytes).sum();
            if (wanted > bytes) {
                throw new HostFullException("no room", wanted);
            }
            reserved.add(LongStream.concat(LongStream.of(places), LongStream.of(partBytes))
                    .boxed()
                    .toList());
        }

        @Override
        public boolean reserveSpare(int places, long... partBytes) {
            if (2 * places * LongStream.of(partBytes).sum() > bytes) {
                return false;
            }
            reserve(places, partBytes);
            return true;
        }

        @Override
        public void save(int place, int part, Tensor x, long size) {}

        @Override
        public void settle(int place) {}

        @Override
        public void fetch(int place, int part, Tensor into, long size) {}

        @Override
        public void close() {}
    }

    private static MemoryPlan reserve(Host host, MemoryPlan plan, int underWay) {
        return HostPlaces.reserve(host, SIZES, 1000, underWay, plan);
    }

    @Test
    void a_place_has_a_part_for_what_waits_in_it() {
        Host host = new Host(1L << 40);
        MemoryPlan keeps = PLAN.withKeepAttention(true);
        assertThat(reserve(host, PLAN, 1)).isEqualTo(PLAN);
        assertThat(reserve(host, keeps, 1)).isEqualTo(keeps);
        assertThat(reserve(host, keeps, 3)).isEqualTo(keeps);
        assertThat(reserve(host, new MemoryPlan(32, 64, 0), 3))
                .isEqualTo(new MemoryPlan(32, 64, 0));
        assertThat(host.reserved)
                .containsExactly(
                        List.of(8L, INPUT), List.of(8L, INPUT, INPUT), List.of(24L, INPUT, INPUT));
    }

    /** It would only save time: the inputs alone may still fit, and the gradient is the same. */
    @Test
    void where_the_host_lacks_memory_attention_is_not_kept() {
        Host host = new Host(8 * INPUT);
        assertThat(reserve(host, PLAN.withKeepAttention(true), 1)).isEqualTo(PLAN);
        assertThat(host.reserved).containsExactly(List.of(8L, INPUT));
        assertThatThrownBy(() -> reserve(host, PLAN.withKeepAttention(true), 2))
                .isInstanceOf(HostFullException.class);
    }
}
