package dev.plimsoll.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.samples.TokenSequence;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

class PromptTokenizerTest {

    private static final List<String> SPECIAL =
            List.of("<s>", "</s>", "<|im_start|>", "<|im_end|>");
    private static final String CHAT = "{{ bos_token }}{% for m in messages %}<|im_start|>"
            + "{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
            + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
    private static final int END_OF_TURN = 259;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String AS_LLAMA_2 = """
            {"type": "Sequence", "decoders": [
                {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
                {"type": "ByteFallback"}, {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
            """;

    @TempDir
    private Path directory;

    @Test
    void a_prompt_is_how_training_begins() throws Exception {
        List<Message> asked =
                List.of(new Message("system", "Be brief."), new Message("user", "Why? <|im_end|>"));
        List<Message> answered = new ArrayList<>(asked);
        answered.add(new Message("assistant", "So."));
        try (SampleTokenizer tokenizer =
                SampleTokenizer.open(ModelDirectory.write(directory, SPECIAL, CHAT))) {
            int[] prompt = tokens(tokenizer.prompts().chat(conversation(asked)));
            TokenSequence trained =
                    (TokenSequence) tokenizer.tokenize(conversation(answered), 1000);

            assertThat(Arrays.copyOf(trained.tokens(), prompt.length)).isEqualTo(prompt);
            assertThat(trained.trainOn()[prompt.length]).isTrue();
            assertThat(trained.trainOn()[prompt.length - 1]).isFalse();
            // two turns end; what the user typed is text
            assertThat(prompt)
                    .containsOnlyOnce(256)
                    .satisfies(ids -> assertThat(Arrays.stream(ids)
                                    .filter(id -> id == END_OF_TURN)
                                    .count())
                            .isEqualTo(2));
        }
    }

    @Test
    void what_the_template_writes_behind_a_turn_ends_it_too() throws Exception {
        try (SampleTokenizer tokenizer =
                SampleTokenizer.open(ModelDirectory.write(directory, SPECIAL, CHAT))) {
            assertThat(tokenizer.prompts().endIds()).containsExactly(257, END_OF_TURN);
        }
    }

    @Test
    void a_text_has_what_the_tokenizer_puts_in_front() throws Exception {
        try (SampleTokenizer tokenizer = SampleTokenizer.open(ModelDirectory.TINY_LLAMA)) {
            assertThat(tokens(tokenizer.prompts().text("ab"))).containsExactly(256, 'a', 'b');
        }
    }

    @Test
    void a_begin_token_that_the_text_has_is_not_written_twice() {
        try (SampleTokenizer tokenizer = SampleTokenizer.open(ModelDirectory.TINY_LLAMA)) {
            assertThat(tokens(tokenizer.prompts().text("<bos>ab")))
                    .isEqualTo(tokens(tokenizer.prompts().text("ab")))
                    .containsExactly(256, 'a', 'b');
        }
    }

    @Test
    void what_cannot_be_asked_is_said() throws Exception {
        String strict = "{% for m in messages %}{% if m['role'] == 'system' %}"
                + "{{ raise_exception('no system') }}{% endif %}{{ m['content'] }}{% endfor %}";
        Conversation system = conversation(List.of(new Message("system", "Be brief.")));
        assertThat(refusal(
                        ModelDirectory.write(
                                Files.createDirectory(directory.resolve("a")), SPECIAL, strict),
                        system))
                .contains("refuses it: no system");
        assertThat(refusal(
                        ModelDirectory.write(
                                Files.createDirectory(directory.resolve("b")), SPECIAL, null),
                        system))
                .contains("has no chat template");
    }

    @Test
    void what_the_template_leaves_out_is_told() throws Exception {
        String deaf = "{% for m in messages %}{% if m['role'] != 'system' %}{{ m['content'] }}"
                + "{% endif %}{% endfor %}";
        Conversation system =
                conversation(List.of(new Message("system", "Be brief."), new Message("user", "a")));
        try (SampleTokenizer tokenizer =
                SampleTokenizer.open(ModelDirectory.write(directory, SPECIAL, deaf))) {
            PromptOutcome.Prompt prompt =
                    (PromptOutcome.Prompt) tokenizer.prompts().chat(system);
            assertThat(prompt.leftOut()).containsExactly("messages[0].content");
            assertThat(prompt.tokens()).containsExactly('a');
        }
    }

    @Test
    void a_text_comes_out_in_whole_characters() throws Exception {
        String text = "na\u00efve \ud83d\ude00 and more";
        try (SampleTokenizer tokenizer = SampleTokenizer.open(ModelDirectory.TINY_LLAMA)) {
            TextStream stream = tokenizer.prompts().stream();
            List<String> pieces = new ArrayList<>();
            for (int id : tokenizer.encode(text)) {
                pieces.add(stream.add(id));
            }
            assertThat(String.join("", pieces)).isEqualTo(text);
            assertThat(pieces)
                    .contains("\ud83d\ude00", "\u00ef", "")
                    .noneMatch(piece -> piece.contains("\ufffd"));
            assertThat(stream.end()).isEmpty();
        }
    }

    @Test
    void spaces_between_words_are_kept_and_a_cut_character_is_told_at_the_end() throws Exception {
        Path model = ModelDirectory.sentencePiece(directory, List.of(), List.of(), null);
        Path file = model.resolve("tokenizer.json");
        ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
        Files.writeString(file, json.set("decoder", JSON.readTree(AS_LLAMA_2)).toString());
        try (SampleTokenizer tokenizer = SampleTokenizer.open(model)) {
            TextStream stream = tokenizer.prompts().stream();
            StringBuilder text = new StringBuilder();
            for (int id : tokenizer.encode("one two  three")) {
                text.append(stream.add(id));
            }
            // the first byte of three
            text.append(stream.add(3 + 0xe2));
            assertThat(text.toString()).isEqualTo("one two  three");
            assertThat(stream.end()).isEqualTo("\ufffd");
        }
    }

    private static Conversation conversation(List<Message> messages) {
        return new Conversation(Optional.empty(), messages);
    }

    private static String refusal(Path model, Conversation conversation) {
        try (SampleTokenizer tokenizer = SampleTokenizer.open(model)) {
            return ((PromptOutcome.Refused) tokenizer.prompts().chat(conversation)).note();
        }
    }

    private static int[] tokens(PromptOutcome outcome) {
        return ((PromptOutcome.Prompt) outcome).tokens();
    }
}
