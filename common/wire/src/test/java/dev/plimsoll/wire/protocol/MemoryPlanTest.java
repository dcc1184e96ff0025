package dev.plimsoll.wire.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.plimsoll.wire.codec.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    /** 10 layers over three cards: 4, 5 and 1. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 0 0, 0 0, 0 0",
        "3, 9, 3 3, 0 0, 0 0",
        "6, 5, 4 4, 2 1, 0 0",
        "10, 2, 4 2, 5 0, 1 0",
        "2147483647, 2147483647, 4 4, 5 5, 1 1"
    })
    void counts_layers_of_the_whole_model_for_each_card(
            int recompute, int offload, String first, String second, String third) {
        MemoryPlan plan = new MemoryPlan(recompute, 64, 8, offload, 2, 99, List.of());
        assertThat(text(plan.ofCard(0, 0, 4))).isEqualTo(first);
        assertThat(text(plan.ofCard(1, 4, 5))).isEqualTo(second);
        assertThat(text(plan.ofCard(2, 9, 1))).isEqualTo(third);
        assertThat(plan.ofCard(1, 4, 5).pipelineTokens()).isZero();
        assertThat(plan.ofCard(1, 4, 5).attentionGroups()).isEqualTo(2);
    }

    private static String text(MemoryPlan plan) {
        return plan.recomputeLayers() + " " + plan.offloadLayers();
    }

    @Test
    void a_card_carries_out_its_own_part() {
        MemoryPlan plan =
                new MemoryPlan(9, 64, 0, 9, 1, 0, List.of(new CardPart(2, 5), new CardPart(99, 1)));
        assertThat(text(plan.ofCard(0, 0, 4))).isEqualTo("2 2");
        assertThat(text(plan.ofCard(1, 4, 6))).isEqualTo("6 1");
        assertThatThrownBy(() -> plan.ofCard(2, 9, 1))
                .hasMessageContaining("the parts of 2 cards, and there is a card 2");
    }

    @Test
    void a_plan_for_one_card_says_nothing_of_cards() throws JsonProcessingException {
        assertThat(Json.mapper().writeValueAsString(new MemoryPlan(2, 1024, 0)))
                .doesNotContain("pipelineTokens", "cards", "keepAttention");
    }

    @Test
    void every_card_keeps_attention_where_the_plan_does() throws JsonProcessingException {
        MemoryPlan plan = new MemoryPlan(9, 64, 0, 9, 1, 7, List.of(new CardPart(2, 1)), true);
        assertThat(plan.ofCard(0, 0, 4))
                .isEqualTo(new MemoryPlan(2, 64, 0, 1, 1, 0, List.of(), true));
        assertThat(plan.withKeepAttention(false).ofCard(0, 0, 4))
                .isEqualTo(new MemoryPlan(2, 64, 0, 1, 1));
        String json = Json.mapper().writeValueAsString(plan);
        assertThat(json).contains("\"keepAttention\":true");
        assertThat(Json.mapper().readValue(json, MemoryPlan.class)).isEqualTo(plan);
    }

    @Test
    void refuses_negative_numbers_of_a_pipeline() {
        assertThatThrownBy(() -> new MemoryPlan(0, 1, 0, 0, 1, -1, List.of()))
                .hasMessageContaining("pipelineTokens -1");
        assertThatThrownBy(() -> new CardPart(0, -2)).hasMessageContaining("offloadLayers -2");
    }
}
