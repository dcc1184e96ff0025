package dev.plimsoll.engine.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.shapes.ActivationSizes;
import dev.plimsoll.model.shapes.LinearSizes;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;

import java.util.EnumSet;

class OffloadNeedTest {

    private static final AdapterLayout LAYOUT = new AdapterLayout(
            RandomModel.shape("8b"),
            new LoraSettings(16, 32, false, EnumSet.allOf(Projection.class)));
    private static final ActivationSizes SIZES = new ActivationSizes(
            LinearSizes.on("cuda", LAYOUT.config(), LAYOUT.lora()), Precision.BF16);
    private static final long USED = 19_000_000_000L;

    private static long bytes(long card, int longestTokens) {
        EngineDevice device = new EngineDevice("cuda", 0, "card", "bf16", card);
        MemoryReading reading = new MemoryReading(USED, USED, USED, card - USED, 0, card);
        OffloadNeed need = OffloadNeed.of(LAYOUT, device, reading);
        long bytes = need.bytes(SIZES, longestTokens);
        assertThat(need.mostBytes(SIZES, longestTokens)).isGreaterThanOrEqualTo(bytes);
        return bytes;
    }

    @Test
    void what_fits_the_card_needs_no_host() {
        assertThat(bytes(24_000_000_000L, 2_000)).isZero();
        assertThat(bytes(80_000_000_000L, 27_000)).isZero();
        assertThat(bytes(19_100_000_000L, 1)).isZero();
    }

    /** Where there is room to fetch both, attention's outputs are there as well. */
    @Test
    void a_long_sequence_on_a_small_card_needs_some_or_all_of_its_inputs_there() {
        long input = 27_000L * 4096 * 2;
        assertThat(bytes(24_000_000_000L, 27_000)).isBetween(8 * input, 64 * input);
        assertThat(bytes(24_000_000_000L, 20_000)).isLessThan(bytes(24_000_000_000L, 27_000));
        assertThat(bytes(24_000_000_000L, 24_000)).isEqualTo(2 * 32 * 24_000L * 4096 * 2);
    }

    /** A longer one is rejected anyway. */
    @Test
    void no_more_than_the_longest_that_the_card_can_train() {
        long most = bytes(24_000_000_000L, Integer.MAX_VALUE - 1);
        assertThat(most).isEqualTo(bytes(24_000_000_000L, 1_000_000)).isLessThan(200L << 30);
    }
}
