package dev.plimsoll.wire.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.plimsoll.wire.codec.Json;

import org.junit.jupiter.api.Test;

class MemoryPlanTest {

    @Test
    void reads_plans_from_before_offload_and_groups() throws JsonProcessingException {
        String old = "{\"recomputeLayers\":2,\"headChunkTokens\":1024,\"mlpTileTokens\":0}";
        assertThat(Json.mapper().readValue(old, MemoryPlan.class))
                .isEqualTo(new MemoryPlan(2, 1024, 0, 0, 1));
    }

    @Test
    void refuses_a_plan_without_a_field_it_always_had() {
        assertThatThrownBy(
                        () -> Json.mapper().readValue("{\"recomputeLayers\":2}", MemoryPlan.class))
                .hasMessageContaining("headChunkTokens");
    }

    @Test
    void refuses_impossible_numbers_by_name() {
        assertThatThrownBy(() -> new MemoryPlan(0, 0, 0))
                .hasMessageContaining("chunk must be at least 1");
        assertThatThrownBy(() -> new MemoryPlan(0, 1, 0, 0, 0))
                .hasMessageContaining("attentionGroups 0");
    }
}
