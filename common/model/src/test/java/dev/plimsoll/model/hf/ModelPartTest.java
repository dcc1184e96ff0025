package dev.plimsoll.model.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

class ModelPartTest {

    private static final LlamaConfig CONFIG = new LlamaConfig(
                    16,
                    24,
                    6,
                    2,
                    1,
                    8,
                    32,
                    1e-5,
                    new RopeSettings(10_000, null),
                    false,
                    64,
                    "float32")
            .with(new Architecture(
                    ModelFamily.QWEN2, false, new SlidingWindow(7, new TreeSet<>(List.of(0, 3)))));

    @TempDir
    private Path directory;

    @Test
    void hasTheWindowsOfItsOwnLayers() {
        for (int from = 0; from < 6; from++) {
            for (int to = from + 1; to <= 6; to++) {
                ModelPart part = new ModelPart(CONFIG, from, to);
                assertThat(part.config().layers()).isEqualTo(to - from);
                for (int layer = from; layer < to; layer++) {
                    assertThat(part.config().slidingWindow(layer - from))
                            .isEqualTo(CONFIG.slidingWindow(layer));
                }
            }
        }
    }

    @Test
    void theFirstHasTheEmbeddingAndTheLastTheHead() {
        ModelPart first = new ModelPart(CONFIG, 0, 2);
        ModelPart last = new ModelPart(CONFIG, 5, 6);
        ModelPart all = ModelPart.all(CONFIG);
        assertThat(first.embedding()).isTrue();
        assertThat(first.head()).isFalse();
        assertThat(last.embedding()).isFalse();
        assertThat(last.head()).isTrue();
        assertThat(all.embedding() && all.head()).isTrue();
        assertThat(all.config()).isEqualTo(CONFIG);
    }

    @ParameterizedTest
    @CsvSource({"-1, 2", "2, 2", "3, 2", "0, 7"})
    void isWithinTheModel(int from, int to) {
        assertThatThrownBy(() -> new ModelPart(CONFIG, from, to))
                .hasMessageContaining("no part of a model with 6 layers");
    }

    /** A tensor depends on the seed and its name only, however many files are written at once. */
    @Test
    void aModelInShardsHasTheTensorsOfOneInASingleFile() throws Exception {
        Path whole = directory.resolve("whole");
        Path sharded = directory.resolve("sharded");
        RandomModel.create(whole, CONFIG, 3, Dtype.BF16, List.of());
        RandomModel.create(sharded, CONFIG, 3, Dtype.BF16, List.of(), 1500);
        try (Stream<Path> files = Files.list(sharded)) {
            assertThat(files.filter(file -> file.toString().endsWith(".safetensors")))
                    .hasSizeGreaterThan(5);
        }
        try (WeightFiles one = WeightFiles.open(whole);
                WeightFiles many = WeightFiles.open(sharded)) {
            assertThat(many.tensors().keySet()).isEqualTo(one.tensors().keySet());
            one.tensors()
                    .forEach((name, view) -> assertThat(
                                    many.tensors().get(name).bytes().mismatch(view.bytes()))
                            .as(name)
                            .isEqualTo(-1));
        }
    }
}
