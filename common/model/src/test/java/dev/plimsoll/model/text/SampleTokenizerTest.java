package dev.plimsoll.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.samples.ParsedSample.Segments.Segment;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.wire.sample.RejectionReason;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

class SampleTokenizerTest {

    private static final int BOS = 256;
    private static final int EOS = 257;
    private static final int USER = 259;
    private static final int ASSISTANT = 260;

    @TempDir
    Path directory;

    @Test
    void aCompletionIsTrainedAndItsEndToo() {
        TokenSequence sequence =
                tokenize(new ParsedSample.Completion(Optional.empty(), "ab", " c"), 100);
        assertThat(sequence.tokens()).containsExactly(BOS, 'a', 'b', ' ', 'c', EOS);
        assertThat(mask(sequence)).isEqualTo("...###");
        assertThat(sequence.lossTokens()).isEqualTo(3);
    }

    @Test
    void aTextIsTrainedWhole() {
        TokenSequence sequence = tokenize(new ParsedSample.Text(Optional.empty(), "ab"), 100);
        assertThat(sequence.tokens()).containsExactly(BOS, 'a', 'b', EOS);
        assertThat(mask(sequence)).isEqualTo(".###");
    }

    /** Of a text that somebody's template wrote, the begin token is written already. */
    @Test
    void aBeginTokenIsNotWrittenTwice() {
        assertAlike(
                new ParsedSample.Text(Optional.empty(), "<bos>ab"),
                new ParsedSample.Text(Optional.empty(), "ab"));
        assertAlike(
                new ParsedSample.Completion(Optional.empty(), "<bos>ab", " c"),
                new ParsedSample.Completion(Optional.empty(), "ab", " c"));
        assertAlike(
                new ParsedSample.Completion(Optional.empty(), "", "<bos>c<eos>"),
                new ParsedSample.Completion(Optional.empty(), "", "c<eos>"));
        assertAlike(
                new ParsedSample.Segments(
                        Optional.empty(),
                        List.of(new Segment("<bos>ab", true), new Segment("c", false))),
                new ParsedSample.Segments(
                        Optional.empty(),
                        List.of(new Segment("ab", true), new Segment("c", false))));
    }

    @Test
    void aBeginOfSeveralTokensIsNotTrained() throws IOException {
        ObjectNode tokenizer = ModelDirectory.read("tokenizer.json");
        ObjectNode begin = tokenizer.putObject("post_processor").put("type", "TemplateProcessing");
        begin.putArray("pair");
        ArrayNode single = begin.putArray("single");
        ObjectNode special = begin.putObject("special_tokens");
        Map.of("<bos>", BOS, "<|user|>", USER).forEach((token, id) -> {
            ObjectNode one = special.putObject(token).put("id", token);
            one.putArray("ids").add(id);
            one.putArray("tokens").add(token);
        });
        single.addObject().putObject("SpecialToken").put("id", "<bos>").put("type_id", 0);
        single.addObject().putObject("SpecialToken").put("id", "<|user|>").put("type_id", 0);
        single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
        ModelDirectory.write(directory, "tokenizer.json", tokenizer);
        ModelDirectory.write(directory, "config.json", ModelDirectory.read("config.json"));
        try (SampleTokenizer model = SampleTokenizer.open(directory)) {
            for (String text : List.of("<bos><|user|>ab", "ab")) {
                TokenSequence sequence = (TokenSequence)
                        model.tokenize(new ParsedSample.Text(Optional.empty(), text), 100);
                assertThat(sequence.tokens()).containsExactly(BOS, USER, 'a', 'b', EOS);
                assertThat(mask(sequence)).isEqualTo("..###");
            }
        }
    }

    @Test
    void aQuestionIsAConversationWhereTheModelHasATemplate() {
        TokenSequence sequence =
                tokenize(new ParsedSample.QuestionAnswer(Optional.empty(), "q", "a"), 100);
        assertThat(sequence.tokens()).containsExactly(BOS, USER, 'q', ASSISTANT, 'a', EOS);
        assertThat(mask(sequence)).isEqualTo("....##");
    }

    @Test
    void aQuestionIsTwoLinesWhereItHasNone() throws IOException {
        ModelDirectory.write(directory, List.of("<s>", "</s>"), null);
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory)) {
            TokenSequence sequence = (TokenSequence) tokenizer.tokenize(
                    new ParsedSample.QuestionAnswer(Optional.empty(), "q", "a"), 100);
            assertThat(sequence.tokens()).containsExactly('q', '\n', 'a', EOS);
            assertThat(mask(sequence)).isEqualTo("..##");
            assertThat(tokenizer.tokenize(conversation(new Message("assistant", "a")), 100))
                    .isInstanceOfSatisfying(
                            SampleRefusal.class,
                            r -> assertThat(r.note()).contains("has no chat template"));
        }
    }

    @Test
    void onlyAssistantTurnsAreTrained() {
        TokenSequence sequence = tokenize(
                conversation(
                        new Message("user", "q"),
                        new Message("assistant", "aa"),
                        new Message("user", "r"),
                        new Message("assistant", "b")),
                100);
        assertThat(sequence.tokens())
                .containsExactly(
                        BOS, USER, 'q', ASSISTANT, 'a', 'a', EOS, USER, 'r', ASSISTANT, 'b', EOS);
        assertThat(mask(sequence)).isEqualTo("....###...##");
    }

    @Test
    void everyByteIsItsOwnIdAndComesBack() {
        String text = "\0 \t\r\n é€𝄞 {{ 1 + 1 }} {% raw %}";
        try (SampleTokenizer tokenizer = SampleTokenizer.open(ModelDirectory.TINY_LLAMA)) {
            int[] ids = tokenizer.encode(text);
            byte[] bytes = text.getBytes(UTF_8);
            assertThat(ids)
                    .isEqualTo(IntStream.range(0, bytes.length)
                            .map(i -> bytes[i] & 0xff)
                            .toArray());
            assertThat(tokenizer.decode(ids)).isEqualTo(text);
        }
    }

    @Test
    void whatLooksLikeATemplateInAMessageIsText() {
        TokenSequence sequence = tokenize(
                conversation(
                        new Message("user", "{{ 1 + 1 }}"), new Message("assistant", "{% x %}")),
                100);
        try (SampleTokenizer tokenizer = SampleTokenizer.open(ModelDirectory.TINY_LLAMA)) {
            assertThat(tokenizer.decode(sequence.tokens()))
                    .isEqualTo("<bos><|user|>{{ 1 + 1 }}<|assistant|>{% x %}<eos>");
        }
    }

    @Test
    void tooManyTokensAreRefusedWithLengthAndLimit() {
        ParsedSample sample = new ParsedSample.Text(Optional.empty(), "x".repeat(10_000));
        assertThat(tokenize(sample, 10_002).tokens()).hasSize(10_002);
        try (SampleTokenizer tokenizer = SampleTokenizer.open(ModelDirectory.TINY_LLAMA)) {
            assertThat(tokenizer.tokenize(sample, 10_001))
                    .isInstanceOfSatisfying(SampleRefusal.class, r -> {
                        assertThat(r.reason()).isEqualTo(RejectionReason.TOO_MANY_TOKENS);
                        assertThat(r.note()).contains("10002 tokens").contains("limit is 10001");
                    });
        }
    }

    @Test
    void theAdviceIsOneThatCanBeFollowed() {
        ParsedSample sample = new ParsedSample.Text(Optional.empty(), "x".repeat(200));
        try (SampleTokenizer tokenizer = SampleTokenizer.open(ModelDirectory.TINY_LLAMA)) {
            assertThat(tokenizer.tokenize(sample, new TokenLimit(100, true)))
                    .isInstanceOfSatisfying(
                            SampleRefusal.class,
                            r -> assertThat(r.note())
                                    .isEqualTo("it has 202 tokens and the limit is 100, which is"
                                            + " all that the model takes; split it, or have its end"
                                            + " cut off with long-samples=truncate"));
            assertThat(tokenizer.tokenize(sample, new TokenLimit(100, false)))
                    .isInstanceOfSatisfying(
                            SampleRefusal.class,
                            r -> assertThat(r.note())
                                    .isEqualTo("it has 202 tokens and the limit is 100; split it,"
                                            + " or submit it to a run with a larger"
                                            + " max-sequence-tokens, or one with"
                                            + " long-samples=truncate, which cuts its end off"));
        }
    }

    /** Of the 8 million tokens the first 80,000 are enough to know. */
    @Test
    void aHopelessTextIsNotTokenizedWhole() {
        ParsedSample sample = new ParsedSample.Text(Optional.empty(), "x".repeat(8_000_000));
        try (SampleTokenizer tokenizer = SampleTokenizer.open(ModelDirectory.TINY_LLAMA)) {
            assertThat(tokenizer.tokenize(sample, new TokenLimit(10_000, false)))
                    .isInstanceOfSatisfying(
                            SampleRefusal.class,
                            r -> assertThat(r.note())
                                    .startsWith("it has at least 70000 tokens and the limit is"
                                            + " 10000; split it"));
        }
    }

    /** Of a text of long tokens more and more is looked at. */
    @Test
    void aLongTextOfFewTokensIsAccepted(@TempDir Path directory) throws IOException {
        List<String> merges = new ArrayList<>();
        for (int length = 1; length < 64; length *= 2) {
            merges.add("a".repeat(length) + " " + "a".repeat(length));
        }
        ModelDirectory.sentencePiece(directory, merges, List.of(), null);
        ParsedSample sample = new ParsedSample.Text(Optional.empty(), "a".repeat(64 * 4_000));
        try (SampleTokenizer tokenizer = SampleTokenizer.open(directory)) {
            assertThat(tokenizer.tokenize(sample, new TokenLimit(5_000, true)))
                    .isInstanceOfSatisfying(
                            TokenSequence.class,
                            sequence ->
                                    assertThat(sequence.tokens().length).isBetween(4_000, 4_010));
            assertThat(tokenizer.tokenize(sample, new TokenLimit(1_000, true)))
                    .isInstanceOfSatisfying(
                            SampleRefusal.class,
                            r -> assertThat(r.note()).startsWith("it has at least 179"));
        }
    }

    @Test
    void theTemplatesOwnRefusalIsPassedOn() {
        try (SampleTokenizer tokenizer = SampleTokenizer.open(ModelDirectory.TINY_LLAMA)) {
            assertThat(tokenizer.tokenize(
                            conversation(new Message("tool", "t"), new Message("assistant", "a")),
                            100))
                    .isInstanceOfSatisfying(
                            SampleRefusal.class,
                            r -> assertThat(r.note()).contains("refuses it: unknown role tool"));
        }
    }

    @Test
    void aTokenizerOfAnotherModelIsRefused() throws IOException {
        ModelDirectory.write(directory, List.of("<s>", "</s>", "<extra>"), null);
        ObjectNode config = ModelDirectory.read("config.json").put("vocab_size", 258);
        new ObjectMapper().writeValue(directory.resolve("config.json").toFile(), config);
        assertThatThrownBy(() -> SampleTokenizer.open(directory))
                .isInstanceOf(UnusableTextModelException.class)
                .hasMessageContaining("token id 258 ('<extra>')")
                .hasMessageContaining("vocab_size is 258");
    }

    @Test
    void aMissingOrBrokenTokenizerIsNamed() throws IOException {
        Files.copy(
                ModelDirectory.TINY_LLAMA.resolve("config.json"), directory.resolve("config.json"));
        assertThatThrownBy(() -> SampleTokenizer.open(directory))
                .hasMessageContaining("there is no tokenizer.json");
        Files.writeString(directory.resolve("tokenizer.json"), "{\"model\":{\"type\":\"BPE\"}}");
        assertThatThrownBy(() -> SampleTokenizer.open(directory))
                .hasMessageContaining("not usable as a tokenizer");
        Files.writeString(directory.resolve("tokenizer.json"), "{");
        assertThatThrownBy(() -> SampleTokenizer.open(directory)).hasMessageContaining("as JSON");
    }

    private static void assertAlike(ParsedSample begun, ParsedSample bare) {
        try (SampleTokenizer tokenizer = SampleTokenizer.open(ModelDirectory.TINY_LLAMA)) {
            Explanation explanation = (Explanation) tokenizer.explain(begun, 100);
            Explanation expected = (Explanation) tokenizer.explain(bare, 100);
            assertThat(explanation.sequence().tokens())
                    .isEqualTo(expected.sequence().tokens());
            assertThat(explanation.sequence().trainOn())
                    .isEqualTo(expected.sequence().trainOn());
            assertThat(explanation.text()).isEqualTo(expected.text());
            assertThat(explanation.notes())
                    .anyMatch(n -> n.contains("begins with '<bos>' already"));
            assertThat(expected.notes()).noneMatch(n -> n.contains("already"));
        }
    }

    private static TokenSequence tokenize(ParsedSample sample, int maxTokens) {
        try (SampleTokenizer tokenizer = SampleTokenizer.open(ModelDirectory.TINY_LLAMA)) {
            return (TokenSequence) tokenizer.tokenize(sample, maxTokens);
        }
    }

    private static ParsedSample conversation(Message... messages) {
        return new ParsedSample.Conversation(Optional.empty(), Arrays.asList(messages), Map.of());
    }

    private static String mask(TokenSequence sequence) {
        StringBuilder mask = new StringBuilder();
        for (boolean trained : sequence.trainOn()) {
            mask.append(trained ? '#' : '.');
        }
        return mask.toString();
    }
}
