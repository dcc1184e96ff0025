package dev.plimsoll.model.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.model.files.ForeignFileException;
import dev.plimsoll.model.files.OwnDirectory;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.TensorView;
import dev.plimsoll.model.hf.WeightFiles;
import dev.plimsoll.model.peft.AdapterFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The golden models are made by src/test/golden/make_merge.py with PEFT's merge_and_unload. */
class ModelMergeTest {

    private static final Path GOLDEN = Path.of("src/test/golden/merge");

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"fp32", "bf16", "fp16"})
    void theWeightsAreThoseOfPeftToTheBit(String name) throws IOException {
        Path golden = GOLDEN.resolve(name);
        Path out = directory.resolve("out");
        ModelMerge.Merged merged = merge(golden, out);
        int same = 0;
        try (WeightFiles base = WeightFiles.open(golden.resolve("base"));
                WeightFiles expected = WeightFiles.open(golden.resolve("merged"));
                WeightFiles found = WeightFiles.open(out)) {
            assertThat(found.tensors()).hasSameSizeAs(expected.tensors());
            for (TensorView tensor : expected.tensors().values()) {
                TensorView ours = found.tensor(tensor.name(), tensor.shape());
                assertThat(ours.dtype()).isEqualTo(tensor.dtype());
                assertThat(ours.bytes().mismatch(tensor.bytes()))
                        .as(tensor.name())
                        .isEqualTo(-1);
                TensorView before = base.tensors().get(tensor.name());
                same += ours.bytes().mismatch(before.bytes()) < 0 ? 1 : 0;
            }
            assertThat(names(found)).isEqualTo(names(base));
        }
        assertThat(merged.changed()).isEqualTo(merged.tensors() - same).isPositive();
    }

    /** Which tensor lies in which file. */
    private static TreeMap<String, Set<String>> names(WeightFiles weights) {
        TreeMap<String, Set<String>> names = new TreeMap<>();
        weights.byFile()
                .forEach((file, tensors) -> names.put(
                        file, tensors.stream().map(TensorView::name).collect(Collectors.toSet())));
        return names;
    }

    @Test
    void configTokenizerAndGenerationSettingsComeAlong() throws IOException {
        Path golden = Files.createDirectory(directory.resolve("golden"));
        Path base = Files.createDirectory(golden.resolve("base"));
        for (Path file : files(GOLDEN.resolve("bf16/base"))) {
            Files.copy(file, base.resolve(file.getFileName()));
        }
        Files.writeString(base.resolve("tokenizer.json"), "{\"a\":1}");
        Files.writeString(base.resolve("notes.txt"), "not a part of the model");
        Path adapter = Files.createDirectory(golden.resolve("adapter"));
        for (Path file : files(GOLDEN.resolve("bf16/adapter"))) {
            Files.copy(file, adapter.resolve(file.getFileName()));
        }
        Path out = directory.resolve("out");
        merge(golden, out);
        for (String name : new String[] {
            "config.json", "generation_config.json", "tokenizer.json", WeightFiles.INDEX
        }) {
            assertThat(out.resolve(name)).hasSameBinaryContentAs(base.resolve(name));
        }
        assertThat(out.resolve("notes.txt")).doesNotExist();
    }

    @Test
    void theFirstRoundingTakesAPartOfTheChangeAndFp32AlmostNone() {
        double bf16 =
                merge(GOLDEN.resolve("bf16"), directory.resolve("a")).survival().relativeLoss();
        double fp16 =
                merge(GOLDEN.resolve("fp16"), directory.resolve("b")).survival().relativeLoss();
        double fp32 =
                merge(GOLDEN.resolve("fp32"), directory.resolve("c")).survival().relativeLoss();
        assertThat(bf16).isBetween(1e-4, 1e-1);
        assertThat(fp16).isBetween(1e-5, 1e-2).isLessThan(bf16);
        assertThat(fp32).isBetween(0.0, 1e-6);
    }

    @Test
    void anEarlierMergeIsReplacedAndNothingElse() throws IOException {
        Path out = directory.resolve("out");
        merge(GOLDEN.resolve("bf16"), out);
        merge(GOLDEN.resolve("fp32"), out);
        assertThat(files(out).stream().map(file -> file.getFileName().toString()))
                .containsExactlyInAnyOrder(
                        "config.json",
                        "generation_config.json",
                        "model.safetensors",
                        OwnDirectory.MARKER);
        Files.writeString(out.resolve("letter"), "dear");
        assertThatThrownBy(() -> merge(GOLDEN.resolve("fp32"), out))
                .isInstanceOf(ForeignFileException.class)
                .hasMessageContaining("holds 'letter'");
    }

    @Test
    void theBaseIsNotReplacedThoughAnEarlierMergeWroteIt() {
        Path golden = GOLDEN.resolve("bf16");
        Path out = directory.resolve("out");
        merge(golden, out);
        try (AdapterFile adapter =
                AdapterFile.open(golden.resolve("adapter"), LlamaConfig.read(out))) {
            assertThatThrownBy(
                            () -> new ModelMerge(out, adapter.layout(), adapter::matrix).write(out))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("is the base model itself");
        }
    }

    @Test
    void aFailureLeavesNothing() throws IOException {
        Path base = GOLDEN.resolve("bf16/base");
        Path out = directory.resolve("out");
        try (AdapterFile adapter =
                AdapterFile.open(GOLDEN.resolve("bf16/adapter"), LlamaConfig.read(base))) {
            assertThatThrownBy(() -> new ModelMerge(base, adapter.layout(), slot -> {
                                if (slot.layer() == 1) {
                                    throw new IllegalStateException("the disk is gone");
                                }
                                return adapter.matrix(slot);
                            })
                            .write(out))
                    .hasMessage("the disk is gone");
        }
        assertThat(files(directory)).isEmpty();
    }

    @Test
    void valuesThatAreNotFiniteAreRefused() throws IOException {
        Path base = GOLDEN.resolve("fp16/base");
        try (AdapterFile adapter =
                AdapterFile.open(GOLDEN.resolve("fp16/adapter"), LlamaConfig.read(base))) {
            assertThatThrownBy(() -> new ModelMerge(base, adapter.layout(), slot -> {
                                float[] values = adapter.matrix(slot);
                                values[0] = slot.isA() ? values[0] : 1e9f;
                                return values;
                            })
                            .write(directory.resolve("out")))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("float16 cannot hold their sum");
        }
        assertThat(files(directory)).isEmpty();
    }

    /** Rows and columns that are no multiples of the blocks, against a plain sum. */
    @Test
    void aRowOfTheChangeIsTheScaledSumOfProducts() {
        int in = 2500;
        int rank = 3;
        float[] a = new float[rank * in];
        float[] b = {1, 2, 3, -4, 0.5f, 0.25f};
        for (int i = 0; i < a.length; i++) {
            a[i] = (i * 31) % 17 - 8;
        }
        float[] row = new float[in];
        new LowRankChange(a, b, rank, in, 0.5f).row(1, row);
        for (int i = 0; i < in; i++) {
            assertThat(row[i])
                    .isEqualTo(0.5f * (-4 * a[i] + 0.5f * a[in + i] + 0.25f * a[2 * in + i]));
        }
    }

    private static ModelMerge.Merged merge(Path golden, Path out) {
        Path base = golden.resolve("base");
        try (AdapterFile adapter =
                AdapterFile.open(golden.resolve("adapter"), LlamaConfig.read(base))) {
            AdapterLayout layout = adapter.layout();
            return new ModelMerge(base, layout, adapter::matrix).write(out);
        }
    }

    private static java.util.List<Path> files(Path place) throws IOException {
        try (Stream<Path> files = Files.list(place)) {
            return files.toList();
        }
    }
}
