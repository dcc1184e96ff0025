package dev.plimsoll.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.samples.ExplainOutcome;
import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.ParsedSample.Completion;
import dev.plimsoll.model.samples.ParsedSample.Segments;
import dev.plimsoll.model.samples.ParsedSample.Segments.Segment;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A text is tokenized once; what is trained is found by the places of its tokens. */
class WholeTextTest {

    private static final List<String> MERGES =
            List.of("▁ s", "▁s k", "▁sk y", "▁ b", "▁b l", "= 4");
    private static final int BOS = 1;
    private static final int EOS = 2;
    private static final int SPACE = 259;
    private static final int MERGED = 260 + ('~' - '!') + 1;

    @TempDir
    Path directory;

    @Test
    void sentencePieceWritesOneMarkBeforeTheWholeText() throws IOException {
        TokenSequence sequence = tokens("2+2", "=5");
        assertThat(sequence.tokens())
                .containsExactly(
                        BOS,
                        SPACE,
                        ascii('2'),
                        ascii('+'),
                        ascii('2'),
                        ascii('='),
                        ascii('5'),
                        EOS);
        assertThat(sequence.trainOn())
                .containsExactly(false, false, false, false, false, true, true, true);
    }

    @Test
    void aWordThatBeginsWithItsSpaceHasOneMark() throws IOException {
        assertThat(tokens("a sky", " bl").tokens())
                .containsExactly(BOS, SPACE, ascii('a'), MERGED + 2, MERGED + 4, EOS);
        assertThat(shown("a sky", " bl")).isEqualTo("<s>a sky« bl</s>»");
    }

    @Test
    void aTokenAcrossTheBorderIsThePromptsUnlessItHoldsTheWholeCompletion() throws IOException {
        assertThat(shown("2+2=", "45")).isEqualTo("<s>2+2=4«5</s>»");
        assertThat(explain("2+2=", "45").notes())
                .anyMatch(n -> n.contains("'=4'") && n.contains("not trained"));
        assertThat(shown("2+2=", "4")).isEqualTo("<s>2+2«=4</s>»");
        assertThat(explain("2+2=", "4").notes()).anyMatch(n -> n.contains("it is trained"));
    }

    @Test
    void segmentsAreTrainedWhereTheySaySo() throws IOException {
        assertThat(Shown.of(segments(
                        new Segment("a sky", true), new Segment(" bl", false),
                        new Segment("2+", true), new Segment("z", false))))
                .isEqualTo("<s>«a sky» bl«2+»z</s>");
        assertThat(Shown.of(segments(
                        new Segment("b", false), new Segment("2=", true),
                        new Segment("4", false), new Segment("c", true))))
                .isEqualTo("<s>b«2»=4«c</s>»");
        assertThat(((Explanation) segments(new Segment("2=", true), new Segment("4", false)))
                        .notes())
                .anyMatch(n -> n.contains("'=4'") && n.contains("not trained"));
        assertThat(Shown.of(segments(
                        new Segment("a", true), new Segment("=", false), new Segment("4", true))))
                .contains("nothing of the trained text '4' would be trained");
    }

    private ExplainOutcome segments(Segment... segments) throws IOException {
        ModelDirectory.sentencePiece(directory, MERGES, List.of(), null);
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory)) {
            return tokenizer.explain(new Segments(Optional.empty(), List.of(segments)), 100);
        }
    }

    @Test
    void bytesOfOneCharacterAreTrainedTogether() throws IOException {
        Explanation explanation = explain("漢😀", "字😀é");
        assertThat(Shown.of(explanation)).isEqualTo("<s>漢😀«字😀é</s>»");
        assertThat(explanation.sequence().tokens()).hasSize(2 + 3 + 4 + 3 + 4 + 2 + 1);
        assertThat(explanation.sequence().lossTokens()).isEqualTo(3 + 4 + 2 + 1);
        assertThat(explanation.tokenSpans().get(2)).containsExactly(3, 4);
        assertThat(explanation.tokenSpans().get(5)).containsExactly(4, 6);
    }

    @Test
    void theIdsAreThoseOfTheWholeText() throws IOException {
        ModelDirectory.sentencePiece(directory, MERGES, List.of(), null);
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory)) {
            for (String[] sample : new String[][] {
                {"", "a sky"}, {"a ", "sky"}, {"a", " sky"}, {"a\n", "\nb"}, {"😀 s", "k 漢"}
            }) {
                int[] whole = tokenizer.encode(sample[0] + sample[1]);
                int[] ids = ((TokenSequence) tokenizer.tokenize(
                                new Completion(Optional.empty(), sample[0], sample[1]), 100))
                        .tokens();
                assertThat(Arrays.copyOfRange(ids, 1, ids.length - 1)).isEqualTo(whole);
            }
        }
    }

    /** DeepSeek: tokenizer.json writes no begin token, its class does by add_bos_token. */
    @Test
    void addBosTokenIsHeededByTheClassesThatHeedIt() throws IOException {
        ModelDirectory.sentencePiece(directory, MERGES, List.of(), null);
        assertThat(text("a").tokens()).containsExactly(BOS, SPACE, ascii('a'), EOS);
        config("tokenizer_class", "PreTrainedTokenizerFast");
        assertThat(text("a").tokens()).containsExactly(SPACE, ascii('a'), EOS);
    }

    @Test
    void anEndThatIsThereIsNotWrittenTwice() throws IOException {
        assertThat(shown("a", "b</s>")).isEqualTo("<s>a«b</s>»");
        assertThat(explain("a", "b</s>").notes())
                .anyMatch(n -> n.contains("'</s>', which is read as that special token"));
    }

    @Test
    void anAddedTokenBeyondTheEmbeddingRefusesTheSampleThatUsesIt() throws IOException {
        ModelDirectory.sentencePiece(directory, MERGES, List.of("<pad>"), null);
        var config = ModelDirectory.read(directory, "config.json");
        int rows = config.path("vocab_size").asInt() - 1;
        ModelDirectory.write(directory, "config.json", config.put("vocab_size", rows));
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory)) {
            assertThat(tokenizer.tokenize(new ParsedSample.Text(Optional.empty(), "ab"), 100))
                    .isInstanceOf(TokenSequence.class);
            assertThat(tokenizer.tokenize(new ParsedSample.Text(Optional.empty(), "a<pad>"), 100))
                    .isInstanceOfSatisfying(
                            SampleRefusal.class,
                            r -> assertThat(r.note())
                                    .contains("'<pad>' (id " + rows + ")")
                                    .contains(rows + " rows"));
        }
    }

    private static int ascii(char c) {
        return 260 + (c - '!');
    }

    private void config(String name, String value) throws IOException {
        ModelDirectory.write(
                directory,
                "tokenizer_config.json",
                ModelDirectory.read(directory, "tokenizer_config.json").put(name, value));
    }

    private TokenSequence text(String text) {
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory)) {
            return (TokenSequence)
                    tokenizer.tokenize(new ParsedSample.Text(Optional.empty(), text), 100);
        }
    }

    private TokenSequence tokens(String prompt, String completion) throws IOException {
        return explain(prompt, completion).sequence();
    }

    private String shown(String prompt, String completion) throws IOException {
        return Shown.of(explain(prompt, completion));
    }

    private Explanation explain(String prompt, String completion) throws IOException {
        ModelDirectory.sentencePiece(directory, MERGES, List.of(), null);
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory)) {
            return (Explanation)
                    tokenizer.explain(new Completion(Optional.empty(), prompt, completion), 100);
        }
    }
}
