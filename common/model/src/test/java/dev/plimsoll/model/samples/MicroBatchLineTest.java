package dev.plimsoll.model.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.protocol.MemoryPlan;

import org.junit.jupiter.api.Test;

import java.util.List;

class MicroBatchLineTest {

    private static final MemoryPlan PLAN = new MemoryPlan(MemoryPlan.ALL_LAYERS, 512, 64, 2, 4);

    @Test
    void survivesAsJson() throws Exception {
        MicroBatchLine line = new MicroBatchLine(List.of(3, 1), PLAN, 7);

        assertThat(Json.mapper()
                        .readValue(Json.mapper().writeValueAsString(line), MicroBatchLine.class))
                .isEqualTo(line);
    }

    @Test
    void refusesWhatIsNoLine() {
        assertThatThrownBy(() -> new MicroBatchLine(List.of(), PLAN, 0))
                .hasMessageContaining("at least one");
        assertThatThrownBy(() -> new MicroBatchLine(List.of(1, 0), PLAN, 0))
                .hasMessageContaining("the first is 1");
    }
}
