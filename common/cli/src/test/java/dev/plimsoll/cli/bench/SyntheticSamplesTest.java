package dev.plimsoll.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.text.SampleTokenizer;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

class SyntheticSamplesTest {

    /** The built-in tokenizer has a token a byte, so each text can be filled to the last token. */
    @Test
    void eachSampleIsAsLongAsAskedAndHasAnIdOfItsOwn() throws IOException {
        try (SampleTokenizer tokenizer = SampleTokenizer.open(Path.of("../model/tiny-llama"))) {
            SyntheticSamples samples = SyntheticSamples.of(tokenizer, 100);
            assertThat(samples.fewestTokens()).isEqualTo(100);

            String[] lines = new String(samples.lines(3, 250).readAllBytes(), UTF_8).split("\n");
            // 250 tokens take three samples
            assertThat(lines).hasSize(9);
            Set<String> ids = new HashSet<>();
            for (String line : lines) {
                ParsedSample sample = (ParsedSample) SampleParser.parse(line.getBytes(UTF_8));
                ids.add(sample.id().orElseThrow());
                assertThat(((TokenSequence) tokenizer.tokenize(sample, 100)).tokens())
                        .hasSize(100);
            }
            assertThat(ids).hasSize(9);
        }
    }
}
