package dev.plimsoll.cli.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.SampleParser;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.text.SampleTokenizer;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Each kind that {@code bench malformed} sends is rejected as it says, in our words. */
class FaultsTest {

    private static SampleTokenizer tokenizer;

    @BeforeAll
    static void open(@TempDir Path place) throws IOException {
        tokenizer = SampleTokenizer.open(HostileModel.copy(
                Path.of("../model/tiny-llama").toAbsolutePath().normalize(),
                place.resolve("model")));
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    static Stream<Fault> faults() {
        return Stream.of(BrokenJson.faults(), WrongSamples.faults(), WrongSamples.costly())
                .flatMap(java.util.List::stream);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void isRejected(Fault fault) {
        byte[] line = fault.bytes(new SplittableRandom(1));

        Object outcome = SampleParser.parse(line) instanceof ParsedSample sample
                ? tokenizer.tokenize(sample, 8192)
                : SampleParser.parse(line);

        assertThat(outcome).isInstanceOf(SampleRefusal.class);
        SampleRefusal refusal = (SampleRefusal) outcome;
        assertThat(refusal.reason()).as(refusal.note()).isEqualTo(fault.expected());
        assertThat(OurWords.complaint(refusal.note())).as(refusal.note()).isEmpty();
    }
}
