package dev.plimsoll.model.text;

import static dev.plimsoll.wire.sample.RejectionReason.BAD_FIELD;
import static dev.plimsoll.wire.sample.RejectionReason.NOTHING_TO_TRAIN;
import static dev.plimsoll.wire.sample.RejectionReason.TOO_MANY_TOKENS;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;

import dev.plimsoll.model.samples.ExplainOutcome;
import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.ParsedSample.Completion;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.samples.ParsedSample.QuestionAnswer;
import dev.plimsoll.model.samples.ParsedSample.Text;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.samples.TokenizeOutcome;
import dev.plimsoll.model.text.ChatTemplate.TemplateRefusal;
import dev.plimsoll.model.text.TrainingText.Piece;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns samples into sequences as the model's own tokenizer.json and chat template say.
 *
 * <ul>
 *   <li>messages: the chat template; the assistant's turns and what closes them are trained.
 *   <li>prompt/completion: what the tokenizer puts in front of a text (usually the begin token),
 *       prompt, completion, each tokenized by itself; the completion is trained. Nothing is put
 *       between them.
 *   <li>question/answer: a conversation of two turns, or two lines where the model has no chat
 *       template.
 *   <li>text: trained whole.
 * </ul>
 *
 * Every sequence ends with an end token, and it is trained. Not thread-safe beyond what DJL's
 * tokenizer is: use one per thread. Makes no network access.
 */
public final class SampleTokenizer implements AutoCloseable {

    private final Path directory;
    private final TextConfig config;
    private final HuggingFaceTokenizer tokenizer;
    private final Optional<ChatTemplate> chatTemplate;
    private final int[] prefix;

    private SampleTokenizer(Path directory, TextConfig config, HuggingFaceTokenizer tokenizer) {
        this.directory = directory;
        this.config = config;
        this.tokenizer = tokenizer;
        this.chatTemplate = config.chatTemplate()
                .map(t -> new ChatTemplate(t, config.bosToken(), config.eosToken()));
        this.prefix = prefixOf(tokenizer);
    }

    /**
     * @param modelDirectory as Hugging Face lays it out; weights are not read
     * @throws UnusableTextModelException with one clear sentence
     */
    public static SampleTokenizer open(Path modelDirectory) {
        stayOffline();
        TextConfig config = TextConfig.read(modelDirectory);
        Path file = modelDirectory.resolve("tokenizer.json");
        Map<String, String> options = Map.of("truncation", "false", "padding", "false");
        try (InputStream json = Files.newInputStream(file)) {
            return new SampleTokenizer(
                    modelDirectory, config, HuggingFaceTokenizer.newInstance(json, options));
        } catch (IOException | RuntimeException e) {
            throw new UnusableTextModelException(
                    file + " is not usable as a tokenizer (" + e.getMessage()
                            + "); fetch the file again",
                    e);
        }
    }

    /** Rows of the embedding: every id is below. */
    public int vocabularySize() {
        return config.vocabularySize();
    }

    /** The token that is appended where a sequence does not end yet. */
    public int endId() {
        return config.endId();
    }

    /**
     * @param maxTokens longer sequences are refused
     * @return a {@link TokenSequence}, or a {@link SampleRefusal} with the reason
     */
    public TokenizeOutcome tokenize(ParsedSample sample, int maxTokens) {
        try {
            Sequence sequence = switch (sample) {
                case Conversation conversation -> conversation(conversation.messages());
                case QuestionAnswer qa -> questionAnswer(qa);
                case Completion c ->
                    new Sequence()
                            .add(prefix, false)
                            .add(encode(c.prompt()), false)
                            .add(encode(c.completion()), true);
                case Text text -> new Sequence().add(prefix, false).add(encode(text.text()), true);
            };
            return finish(sequence, maxTokens);
        } catch (TemplateRefusal e) {
            return new SampleRefusal(BAD_FIELD, e.getMessage());
        }
    }

    /**
     * The same as {@link #tokenize}, with what people need to see why.
     *
     * @return an {@link Explanation}, or a {@link SampleRefusal} with the reason
     */
    public ExplainOutcome explain(ParsedSample sample, int maxTokens) {
        throw new UnsupportedOperationException("stub of " + sample + maxTokens);
    }

    /** The text of ids, special tokens written out. */
    public String decode(int[] tokens) {
        long[] ids = new long[tokens.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = tokens[i];
        }
        return tokenizer.decode(ids, false);
    }

    /** The ids of a text alone: nothing in front, nothing after. */
    public int[] encode(String text) {
        return text.isEmpty()
                ? new int[0]
                : narrow(tokenizer.encode(text, false, false).getIds());
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    private Sequence questionAnswer(QuestionAnswer qa) throws TemplateRefusal {
        if (chatTemplate.isPresent()) {
            return conversation(List.of(
                    new Message("user", qa.question()), new Message("assistant", qa.answer())));
        }
        return new Sequence()
                .add(prefix, false)
                .add(encode(qa.question() + "\n"), false)
                .add(encode(qa.answer()), true);
    }

    private Sequence conversation(List<Message> messages) throws TemplateRefusal {
        ChatTemplate template =
                chatTemplate.orElseThrow(() -> new TemplateRefusal("the model in " + directory
                        + " has no chat template; use prompt and completion, or add "
                        + "chat_template.jinja to the model"));
        List<Piece> pieces = TrainingText.of(template, messages);
        Sequence sequence = new Sequence();
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            String text =
                    i == pieces.size() - 1 ? withoutSpaceAfterEnd(piece.text()) : piece.text();
            sequence.add(encode(text), piece.trained());
        }
        return sequence;
    }

    /** ChatML writes a line break after the last end token; nobody will ever generate it. */
    private String withoutSpaceAfterEnd(String text) {
        String stripped = text.stripTrailing();
        int[] ids = encode(stripped);
        return ids.length > 0 && config.endIds().contains(ids[ids.length - 1]) ? stripped : text;
    }

    private TokenizeOutcome finish(Sequence sequence, int maxTokens) {
        if (sequence.tokens.isEmpty() || !config.endIds().contains(sequence.tokens.getLast())) {
            sequence.add(new int[] {config.endId()}, true);
        }
        int length = sequence.tokens.size();
        if (length > maxTokens) {
            return new SampleRefusal(
                    TOO_MANY_TOKENS,
                    "it has " + length + " tokens and the limit is " + maxTokens
                            + "; split it, or raise the run's limit on tokens per sample");
        }
        int[] tokens = sequence.tokens.stream().mapToInt(Integer::intValue).toArray();
        boolean[] trainOn = new boolean[length];
        int lossTokens = 0;
        for (int i = 0; i < length; i++) {
            if (tokens[i] >= config.vocabularySize()) {
                throw new UnusableTextModelException(
                        "the tokenizer in " + directory + " gave id " + tokens[i]
                                + ", but the embedding has " + config.vocabularySize()
                                + " rows; tokenizer and weights are of"
                                + " different models");
            }
            trainOn[i] = i > 0 && sequence.trainOn.get(i);
            lossTokens += trainOn[i] ? 1 : 0;
        }
        if (lossTokens == 0) {
            return new SampleRefusal(
                    NOTHING_TO_TRAIN,
                    "none of its " + length
                            + " tokens would be trained; give the completion some text");
        }
        return new TokenSequence(tokens, trainOn);
    }

    private static final class Sequence {
        private final List<Integer> tokens = new ArrayList<>();
        private final List<Boolean> trainOn = new ArrayList<>();

        Sequence add(int[] ids, boolean trained) {
            for (int id : ids) {
                tokens.add(id);
                trainOn.add(trained);
            }
            return this;
        }
    }

    /**
     * What the tokenizer itself puts in front of a text: its post-processor knows, not the
     * configuration.
     */
    private static int[] prefixOf(HuggingFaceTokenizer tokenizer) {
        long[] bare = tokenizer.encode("a", false, false).getIds();
        long[] full = tokenizer.encode("a", true, false).getIds();
        int length = 0;
        while (length < full.length && (bare.length == 0 || full[length] != bare[0])) {
            length++;
        }
        int[] prefix = new int[length];
        for (int i = 0; i < length; i++) {
            prefix[i] = Math.toIntExact(full[i]);
        }
        return prefix;
    }

    private static int[] narrow(long[] ids) {
        int[] narrow = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            narrow[i] = Math.toIntExact(ids[i]);
        }
        return narrow;
    }

    /** DJL reads both as system properties too; without them its first use asks the network. */
    private static void stayOffline() {
        if (System.getProperty("ai.djl.offline") == null) {
            System.setProperty("ai.djl.offline", "true");
        }
        if (System.getProperty("OPT_OUT_TRACKING") == null) {
            System.setProperty("OPT_OUT_TRACKING", "true");
        }
    }
}
