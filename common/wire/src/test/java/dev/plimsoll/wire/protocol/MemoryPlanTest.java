package dev.plimsoll.wire.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.plimsoll.wire.codec.Json;

import org.junit.jupiter.api.Test;

import java.util.List;

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

    @Test
    void tells_each_cards_part_and_the_chunks_of_a_pipeline() throws JsonProcessingException {
        MemoryPlan plan = new MemoryPlan(
                0, 512, 1024, 0, 2, 2048, List.of(new CardPart(3, 1), new CardPart(0, 0)));
        String json = Json.mapper().writeValueAsString(plan);
        assertThat(json).contains("\"pipelineTokens\":2048", "\"recomputeLayers\":3");
        assertThat(Json.mapper().readValue(json, MemoryPlan.class)).isEqualTo(plan);
    }

    @Test
    void a_plan_for_one_card_says_nothing_of_cards() throws JsonProcessingException {
        assertThat(Json.mapper().writeValueAsString(new MemoryPlan(2, 1024, 0)))
                .doesNotContain("pipelineTokens", "cards");
    }

    @Test
    void refuses_negative_numbers_of_a_pipeline() {
        assertThatThrownBy(() -> new MemoryPlan(0, 1, 0, 0, 1, -1, List.of()))
                .hasMessageContaining("pipelineTokens -1");
        assertThatThrownBy(() -> new CardPart(0, -2)).hasMessageContaining("offloadLayers -2");
    }
}
