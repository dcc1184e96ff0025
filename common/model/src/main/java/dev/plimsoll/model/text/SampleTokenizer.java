package dev.plimsoll.model.text;

import static dev.plimsoll.wire.sample.RejectionReason.NOTHING_TO_TRAIN;

import dev.plimsoll.model.files.LibraryCache;
import dev.plimsoll.model.samples.ExplainOutcome;
import dev.plimsoll.model.samples.Explanation;
import dev.plimsoll.model.samples.ParsedSample;
import dev.plimsoll.model.samples.ParsedSample.Completion;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.samples.ParsedSample.QuestionAnswer;
import dev.plimsoll.model.samples.ParsedSample.Segments;
import dev.plimsoll.model.samples.ParsedSample.Text;
import dev.plimsoll.model.samples.SampleRefusal;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.model.samples.TokenizeOutcome;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;

/**
 * Turns samples into sequences as the model's own tokenizer.json and chat template say. A text is
 * tokenized once, as a whole, and what is trained is found by the places of its tokens.
 *
 * <ul>
 *   <li>messages: the chat template; the assistant's turns and what closes them are trained
 *       (decision 0107). Special tokens' texts that others wrote are text (decision 0106).
 *   <li>prompt/completion: what the tokenizer puts in front of a text (usually the begin token; not
 *       once more where the text has it), and both strings as one; the completion is trained. A
 *       token across their border is not trained, unless nothing else of the completion would be.
 *   <li>question/answer: a conversation of two turns, or two lines where the model has no chat
 *       template.
 *   <li>segments: one text; the pieces that say so are trained, and a token that holds more than
 *       one piece is not.
 *   <li>text: trained whole.
 * </ul>
 *
 * Every sequence ends with an end token, and it is trained, unless the template's own
 * {@code generation} blocks say otherwise. Not thread-safe beyond what DJL's tokenizer is: use one
 * per thread. Makes no network access.
 */
public final class SampleTokenizer implements AutoCloseable {

    private final Path directory;
    private final TextConfig config;
    private final TextEncoder encoder;
    private final ChatTemplates chatTemplates;
    private final int[] prefix;
    private final boolean dropsUntold;

    private SampleTokenizer(
            Path directory,
            TextConfig config,
            TextEncoder encoder,
            Optional<LocalDateTime> now,
            boolean dropsUntold,
            ChatLimits limits) {
        this.dropsUntold = dropsUntold;
        this.directory = directory;
        this.config = config;
        this.encoder = encoder;
        this.chatTemplates = new ChatTemplates(directory, config, now, limits);
        int[] own = encoder.prefix();
        this.prefix = own.length > 0
                ? own
                : config.beginId().map(id -> new int[] {id}).orElse(own);
    }

    /**
     * For those who need no training text of chats: templates that write the date are refused.
     *
     * @param modelDirectory as Hugging Face lays it out; weights are not read
     * @throws UnusableTextModelException with one clear sentence
     */
    public static SampleTokenizer open(Path modelDirectory) {
        return open(modelDirectory, Optional.empty(), false, ChatLimits.DEFAULT);
    }

    /**
     * @param modelDirectory as Hugging Face lays it out; weights are not read
     * @param now what templates write as today's date
     * @throws UnusableTextModelException with one clear sentence; a chat template that cannot be
     *     read is none: then chats are refused
     */
    public static SampleTokenizer open(Path modelDirectory, LocalDateTime now) {
        return open(modelDirectory, now, false);
    }

    /**
     * @param dropsUntold a chat whose reasoning or tools the chat template does not write is
     *     trained without them, and {@link TokenSequence#leftOut} names them; otherwise it is
     *     refused
     */
    public static SampleTokenizer open(
            Path modelDirectory, LocalDateTime now, boolean dropsUntold) {
        return open(modelDirectory, now, dropsUntold, ChatLimits.DEFAULT);
    }

    /** The same, with other limits of chats. */
    public static SampleTokenizer open(
            Path modelDirectory, LocalDateTime now, boolean dropsUntold, ChatLimits limits) {
        return open(modelDirectory, Optional.of(now), dropsUntold, limits);
    }

    private static SampleTokenizer open(
            Path modelDirectory,
            Optional<LocalDateTime> now,
            boolean dropsUntold,
            ChatLimits limits) {
        stayOffline();
        TextConfig config = TextConfig.read(modelDirectory);
        TextEncoder encoder;
        try {
            encoder = new TextEncoder(config.tokenizer());
        } catch (RuntimeException | LinkageError e) {
            // the file is in memory: what is written is the library that reads it
            LibraryCache.problem(e).ifPresent(problem -> {
                throw new UnusableTextModelException(problem, e);
            });
            if (e instanceof LinkageError broken) {
                throw broken;
            }
            throw new UnusableTextModelException(
                    modelDirectory.resolve("tokenizer.json") + " is not usable as a tokenizer ("
                            + e.getMessage() + "); fetch the file again",
                    e);
        }
        return new SampleTokenizer(modelDirectory, config, encoder, now, dropsUntold, limits);
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
     * Why no chat can be trained with this model: its template is missing or cannot be read. Empty
     * where it can.
     */
    public Optional<String> chatProblem() {
        return chatTemplates.problem();
    }

    /**
     * Which of the model's chat templates cannot be read, and why; empty where all can, or where it
     * has none.
     */
    public Optional<String> unreadableTemplate() {
        return chatTemplates.unreadable();
    }

    /** Where the model takes more than the limit. */
    public TokenizeOutcome tokenize(ParsedSample sample, int maxTokens) {
        return tokenize(sample, new TokenLimit(maxTokens, false));
    }

    /**
     * @param limit longer sequences are refused, at about twice the cost of one at the limit
     * @return a {@link TokenSequence}, or a {@link SampleRefusal} with the reason
     */
    public TokenizeOutcome tokenize(ParsedSample sample, TokenLimit limit) {
        try {
            return checked(sample, limit).sequence();
        } catch (TextRefusal e) {
            return e.refusal();
        }
    }

    /** Where the model takes more than the limit. */
    public ExplainOutcome explain(ParsedSample sample, int maxTokens) {
        return explain(sample, new TokenLimit(maxTokens, false));
    }

    /**
     * The same as {@link #tokenize}, with what people need to see why.
     *
     * @return an {@link Explanation}, or a {@link SampleRefusal} with the reason
     */
    public ExplainOutcome explain(ParsedSample sample, TokenLimit limit) {
        try {
            return checked(sample, limit).explanation();
        } catch (TextRefusal e) {
            return e.refusal();
        }
    }

    /** For what a model is to answer; usable as long as this is. */
    public PromptTokenizer prompts() {
        return new PromptTokenizer(this, config, encoder, chatTemplates, prefix);
    }

    /** The text of ids, special tokens written out. */
    public String decode(int[] tokens) {
        return encoder.decode(tokens);
    }

    /** The ids of a text alone: nothing in front, nothing after. */
    public int[] encode(String text) {
        return encoder.encode(text).ids();
    }

    @Override
    public void close() {
        encoder.close();
    }

    private TrainingText checked(ParsedSample sample, TokenLimit limit) throws TextRefusal {
        TrainingText training = switch (sample) {
            case Conversation conversation -> chat(conversation, limit);
            case QuestionAnswer qa -> questionAnswer(qa, limit);
            case Completion c ->
                raw(c.prompt() + c.completion(), c.prompt().length(), "completion", limit);
            case Segments segments -> segments(segments, limit);
            case Text text -> raw(text.text(), 0, "text", limit);
        };
        int length = training.tokens().size();
        if (length > limit.tokens()) {
            throw limit.refusal(Integer.toString(length));
        }
        for (int id : training.tokens().ids()) {
            if (id >= config.vocabularySize()) {
                throw TextRefusal.badField("it uses the token '" + decode(new int[] {id})
                        + "' (id " + id + "), and the model has " + config.vocabularySize()
                        + " rows: none for it; leave that token out");
            }
        }
        if (training.lossTokens() == 0) {
            throw new TextRefusal(
                    NOTHING_TO_TRAIN,
                    "none of its " + length
                            + " tokens would be trained; give the completion some text");
        }
        return training;
    }

    private TrainingText chat(Conversation conversation, TokenLimit limit) throws TextRefusal {
        boolean tools = conversation.variables().get("tools") != null;
        return ChatTraining.of(
                chatTemplates.get(tools), conversation, encoder, config, limit, dropsUntold);
    }

    private TrainingText questionAnswer(QuestionAnswer qa, TokenLimit limit) throws TextRefusal {
        Conversation conversation = new Conversation(
                qa.id(),
                List.of(new Message("user", qa.question()), new Message("assistant", qa.answer())));
        if (!chatTemplates.isEmpty()) {
            return chat(conversation, limit);
        }
        ChatVariables variables = ChatVariables.of(conversation, Form.AS_GIVEN);
        MarkedText text = MarkedText.of(qa.question(), 1)
                .then(MarkedText.of("\n", 0))
                .then(MarkedText.of(qa.answer(), 2));
        encoder.requireAtMost(limit, text.string());
        config.requireKnown(text.string());
        return ended(
                RawTraining.of(
                        text.string(),
                        encoder.encode(text, variables),
                        qa.question().length() + 1,
                        "answer"),
                "end token");
    }

    private TrainingText raw(String text, int border, String rule, TokenLimit limit)
            throws TextRefusal {
        encoder.requireAtMost(limit, text);
        config.requireKnown(text);
        TrainingText training = RawTraining.of(text, encoder.encode(text), border, rule);
        noteSpecial(training, text);
        return ended(training, "end token");
    }

    private TrainingText segments(Segments segments, TokenLimit limit) throws TextRefusal {
        String text = segments.text();
        encoder.requireAtMost(limit, text);
        config.requireKnown(text);
        TrainingText training = RawTraining.of(text, encoder.encode(text), segments.segments());
        noteSpecial(training, text);
        return ended(training, segments.segments().getLast().trained() ? "end token" : null);
    }

    private void noteSpecial(TrainingText training, String text) {
        if (!encoder.special().in(text).isEmpty()) {
            training.notes()
                    .add("it holds '" + encoder.special().in(text).getFirst().content()
                            + "', which is read as that special token: in prompt, completion and"
                            + " text the submitter writes the model's own marks");
        }
    }

    /** @param rule by which an end token is trained; null where it is not */
    private TrainingText ended(TrainingText training, String rule) {
        if (!config.endIds().contains(training.lastId())) {
            training.append(config.endId(), decode(new int[] {config.endId()}), rule);
        }
        training.begin(prefix, decode(prefix));
        return training;
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
