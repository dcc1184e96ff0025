package dev.plimsoll.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.GpuMeter;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.device.Account;
import dev.plimsoll.engine.device.DevicePlace;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.ModelPart;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.model.shapes.WeightFormat;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;

import java.util.EnumSet;

/** Whether a model is let onto a card, which is told by its free bytes only: no GPU is touched. */
class CardFitOnPlaceTest {

    private static final long GIB = 1L << 30;
    private static final LoraSettings LORA =
            new LoraSettings(16, 32, false, EnumSet.allOf(Projection.class));
    private static final AdapterLayout LAYOUT = new AdapterLayout(RandomModel.shape("8b"), LORA);

    private static final ModelPart ALL = ModelPart.all(LAYOUT.config());

    private record Card(long freeBytes, long totalBytes) implements GpuMeter {
        @Override
        public MemoryReading read() {
            return new MemoryReading(0, 0, 0, freeBytes, totalBytes - freeBytes, totalBytes);
        }

        @Override
        public void resetPeak() {}
    }

    private static DevicePlace place(
            Precision precision, WeightFormat format, long free, long total) {
        EngineDevice device = new EngineDevice("cuda", 0, "card", precision.label(), total);
        return new DevicePlace(
                device, precision, format, 0, 1, new Card(free, total), Account.NONE);
    }

    @Test
    void a_card_too_small_is_refused_with_what_would_fit() {
        DevicePlace small = place(Precision.BF16, WeightFormat.BF16, 10 * GIB, 12 * GIB);
        assertThatThrownBy(() -> CardFit.embeddingGoesToHost(small, ALL, LAYOUT))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("this card has 10.0 GiB free")
                .hasMessageContaining("nf4");
    }

    @Test
    void the_embedding_stays_on_the_host_where_little_room_is_left() {
        assertThat(CardFit.embeddingGoesToHost(
                        place(Precision.BF16, WeightFormat.NF4, 8 * GIB, 8 * GIB), ALL, LAYOUT))
                .isTrue();
        assertThat(CardFit.embeddingGoesToHost(
                        place(Precision.BF16, WeightFormat.NF4, 24 * GIB, 24 * GIB), ALL, LAYOUT))
                .isFalse();
    }

    @Test
    void a_card_that_nobody_can_measure_is_not_refused() {
        assertThat(CardFit.embeddingGoesToHost(
                        place(Precision.BF16, WeightFormat.BF16, 0, 0), ALL, LAYOUT))
                .isFalse();
    }

    @Test
    void wide_precisions_are_not_judged_by_the_size_of_bf16() {
        assertThat(CardFit.embeddingGoesToHost(
                        place(Precision.FP32, WeightFormat.BF16, GIB, 2 * GIB), ALL, LAYOUT))
                .isFalse();
    }
}
