package dev.plimsoll.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.model.samples.JdkApi;
import dev.plimsoll.model.text.SampleTokenizer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

class DemoDataTest {

    private static final Path MODEL = Path.of("../model/tiny-llama");

    @TempDir
    Path directory;

    @Test
    void theBuiltInSetIsWrittenAsItIsSubmitted() throws IOException {
        try (SampleTokenizer tokenizer = SampleTokenizer.open(MODEL)) {
            DemoData data = DemoData.builtIn(directory, tokenizer, 30, 8_192);
            assertThat(Files.readAllLines(data.file()))
                    .hasSize(30)
                    .allMatch(l -> l.contains("\"prompt\":\"Declare the public methods of "));
            assertThat(data.trainable()).hasSizeBetween(25, 30);
            assertThat(data.stepsOfSamples(10)).isBetween(2L, 3L);
            assertThat(data.stepsOfTokens(1)).isLessThan(30).isPositive();
            assertThat(Files.readAllLines(data.heldOut()))
                    .hasSize(JdkApi.HELD_OUT)
                    .allMatch(l -> l.matches("\\{\"tokens\":\\[256,.*257],\"trainOn\":\\[0,.*1]}"));
        }
    }

    @Test
    void aTenthOfTheUsersLinesIsHeldOutTogetherWithTheirEquals() throws IOException {
        List<String> lines = IntStream.range(0, 50)
                .mapToObj(i -> i % 10 == 9 ? "not json" : "{\"text\":\"text " + i / 2 + "\"}")
                .toList();
        Path file = Files.write(directory.resolve("mine.jsonl"), lines);
        try (SampleTokenizer tokenizer = SampleTokenizer.open(MODEL)) {
            DemoData data = DemoData.of(file, directory, tokenizer, 100);
            assertThat(data.heldOutSequences()).isEqualTo(4);
            assertThat(data.skippedLines()).hasSizeBetween(4, 8);
            assertThat(data.trainable().size() + data.skippedLines().size()).isEqualTo(45);
            List<String> skipped = data.skippedLines().stream()
                    .map(l -> lines.get((int) (l - 1)))
                    .toList();
            for (int i = 0; i < lines.size(); i++) {
                assertThat(data.skippedLines().contains(i + 1L))
                        .isEqualTo(skipped.contains(lines.get(i)));
            }
        }
    }

    @Test
    void aFileWithoutSamplesIsRefusedAndSaysWhy() throws IOException {
        Path file = Files.writeString(directory.resolve("bad.jsonl"), "hello\n{\"text\":1}\n");
        try (SampleTokenizer tokenizer = SampleTokenizer.open(MODEL)) {
            assertThatThrownBy(() -> DemoData.of(file, directory, tokenizer, 100))
                    .hasMessageContaining("has 0 samples that can be trained")
                    .hasMessageContaining("1 rejected as NOT_JSON: ")
                    .hasMessageContaining("bad.jsonl, line 1: ")
                    .hasMessageContaining("1 rejected as BAD_FIELD: ");
        }
    }

    @Test
    void aLatinByteAndLoneCarriageReturnsAreNoObstacle() throws IOException {
        Path latin = directory.resolve("latin.jsonl");
        Files.write(
                latin,
                "{\"text\":\"a\"}\n{\"text\":\"\u00e9\"}\n{\"text\":\"b\"}\n"
                        .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
        Path returns = Files.writeString(
                directory.resolve("cr.jsonl"),
                "{\"text\":\"a\"}\r{\"text\":\"b\"}\r{\"text\":\"c\"}\r");
        try (SampleTokenizer tokenizer = SampleTokenizer.open(MODEL)) {
            DemoData data = DemoData.of(latin, directory, tokenizer, 100);
            assertThat(data.trainable().size() + data.skippedLines().size()).isEqualTo(2);
            data = DemoData.of(returns, directory, tokenizer, 100);
            assertThat(data.trainable().size() + data.skippedLines().size()).isEqualTo(3);
        }
    }
}
