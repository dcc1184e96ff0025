package dev.plimsoll.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.FailureReason;

import org.junit.jupiter.api.Test;

class LayerOffloadTest {

    @Test
    void more_pinned_memory_than_the_machine_has_is_an_out_of_memory_with_its_remedy() {
        assertThatThrownBy(() -> LayerOffload.Pinned.requireRoom(1001, 1000))
                .isInstanceOfSatisfying(CardFullException.class, e -> {
                    assertThat(e.wantedBytes()).isEqualTo(1001);
                    assertThat(Refusal.of(e).orElseThrow().reason())
                            .isEqualTo(FailureReason.OUT_OF_MEMORY);
                })
                .hasMessageContaining("1001 bytes of pinned host memory")
                .hasMessageContaining("offload fewer layers");
        LayerOffload.Pinned.requireRoom(1000, 1000);
    }

    @Test
    void what_is_available_is_less_than_all() {
        assertThat(MainMemory.availableBytes()).isBetween(1L << 20, MainMemory.totalBytes());
    }
}
