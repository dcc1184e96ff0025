package dev.plimsoll.engine.wide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.ModelPart;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.model.shapes.WeightFormat;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;

class LayerSplitTest {

    private static final LoraSettings LORA =
            new LoraSettings(16, 32, false, EnumSet.allOf(Projection.class));

    private static List<Integer> layers(String shape, WeightFormat format, String gibibytes) {
        LlamaConfig config = RandomModel.shape(shape);
        List<LayerSplit.Room> rooms = Arrays.stream(gibibytes.split(" "))
                .map(gib -> new LayerSplit.Room(
                        "card of " + gib,
                        gib.equals("?")
                                ? Long.MAX_VALUE
                                : (long) (Double.parseDouble(gib) * (1L << 30)),
                        format,
                        Precision.BF16,
                        true))
                .toList();
        List<ModelPart> parts = LayerSplit.of(config, LORA, rooms);
        assertThat(parts.getFirst().from()).isZero();
        assertThat(parts.getLast().to()).isEqualTo(config.layers());
        for (int i = 1; i < parts.size(); i++) {
            assertThat(parts.get(i).from()).isEqualTo(parts.get(i - 1).to());
        }
        return parts.stream().map(ModelPart::layers).toList();
    }

    /** The head of 8b counts as 2.4 layers, that of 70b as 1.2. */
    @ParameterizedTest
    @CsvSource({
        "8b, BF16, ? ?, 17 15",
        "8b, BF16, 140 140, 17 15",
        "8b, BF16, 80 140, 17 15",
        "8b, BF16, 140 140 140 140, 8 9 9 6",
        "70b, NF4, 140 140, 41 39",
        "8b, BF16, 10 10, 17 15",
        "8b, BF16, 6 20, 8 24",
        "8b, BF16, 20 6, 26 6",
        "70b, NF4, 21.6 21.6, 42 38"
    })
    void dividesByWorkWhereThereIsRoomAndElseByRoom(
            String shape, WeightFormat format, String rooms, String expected) {
        assertThat(layers(shape, format, rooms).toString().replaceAll("[\\[\\],]", ""))
                .isEqualTo(expected);
    }

    @Test
    void saysWhatIsMissingAndWhatWouldFit() {
        assertThatThrownBy(() -> layers("70b", WeightFormat.BF16, "22 30"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("does not fit these cards in bf16")
                .hasMessageContaining("card of 22 has room for 22.0 GiB")
                .hasMessageContaining("with the head need")
                .hasMessageContaining("nf4 (")
                .hasMessageContaining("these have 52.0 GiB");
        assertThatThrownBy(() -> layers("70b", WeightFormat.NF4, "9 9"))
                .hasMessageContaining("No other format fits");
    }

    /** Of a CPU's pretended cards. */
    @Test
    void widerNumbersTakeMore() {
        List<LayerSplit.Room> rooms = Stream.of(0, 1)
                .map(card -> new LayerSplit.Room(
                        "card " + card, 12L << 30, WeightFormat.BF16, Precision.FP32, false))
                .toList();
        assertThatThrownBy(() -> LayerSplit.of(RandomModel.shape("8b"), LORA, rooms))
                .hasMessageContaining("does not fit these cards in fp32")
                .hasMessageContaining("name more cards: 30.9 GiB are needed, and these have 24.0");
    }
}
