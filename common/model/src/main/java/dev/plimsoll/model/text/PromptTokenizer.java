package dev.plimsoll.model.text;

import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.samples.TokenSequence;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What a model is given before it writes: the same text as in training, up to where the assistant
 * takes over. Special tokens' texts that people wrote are text (decision 0106). Belongs to the
 * {@link SampleTokenizer} that made it.
 */
public final class PromptTokenizer {

    private final SampleTokenizer samples;
    private final TextConfig config;
    private final TextEncoder encoder;
    private final ChatTemplates templates;
    private final int[] prefix;

    PromptTokenizer(
            SampleTokenizer samples,
            TextConfig config,
            TextEncoder encoder,
            ChatTemplates templates,
            int[] prefix) {
        this.samples = samples;
        this.config = config;
        this.encoder = encoder;
        this.templates = templates;
        this.prefix = prefix;
    }

    /** A conversation, and what the chat template writes before an answer. */
    public PromptOutcome chat(Conversation conversation) {
        try {
            boolean tools = conversation.variables().get("tools") != null;
            ChatRenderings renderings = ChatRenderings.of(templates.get(tools), conversation);
            ChatVariables variables = renderings.variables();
            MarkedText text = renderings
                    .prompt(variables.size())
                    .orElseThrow(() -> TextRefusal.badField("the model's chat template cannot begin"
                            + " an answer behind these messages"));
            config.requireKnown(text.string());
            return checked(encoder.encode(text, variables).ids(), leftOut(text, variables));
        } catch (TextRefusal e) {
            return new PromptOutcome.Refused(e.getMessage());
        }
    }

    /**
     * A text that the model goes on with, behind what the tokenizer puts in front of a text; that
     * is not put there once more where the text has it.
     */
    public PromptOutcome text(String text) {
        try {
            config.requireKnown(text);
            Encoded own = encoder.encode(text);
            int[] missing = own.beginsWith(prefix) ? new int[0] : prefix;
            return checked(
                    IntStream.concat(IntStream.of(missing), IntStream.of(own.ids()))
                            .toArray(),
                    List.of());
        } catch (TextRefusal e) {
            return new PromptOutcome.Refused(e.getMessage());
        }
    }

    /**
     * Every token that ends a text or a turn: those that the model's files name, and the one that
     * its chat template writes behind a turn of the assistant.
     */
    public SortedSet<Integer> endIds() {
        SortedSet<Integer> ids = new TreeSet<>(config.endIds());
        Conversation said = new Conversation(
                Optional.empty(), List.of(new Message("user", "a"), new Message("assistant", "b")));
        if (samples.tokenize(said, Integer.MAX_VALUE) instanceof TokenSequence sequence) {
            int last = sequence.tokens().length - 1;
            int id = sequence.tokens()[last];
            if (sequence.trainOn()[last] && encoder.special().isSpecial(id)) {
                ids.add(id);
            }
        }
        return Collections.unmodifiableSortedSet(ids);
    }

    /** For the tokens of one answer; special tokens are left out. */
    public TextStream stream() {
        return new TextStream(encoder::said);
    }

    /** What was said and is not in the text. */
    private static List<String> leftOut(MarkedText text, ChatVariables variables) {
        return IntStream.rangeClosed(1, variables.sources().size())
                .filter(origin -> variables.source(origin).said()
                        && !text.has(0, text.length(), o -> o == origin))
                .mapToObj(origin -> variables.source(origin).path())
                .distinct()
                .toList();
    }

    private PromptOutcome checked(int[] tokens, List<String> leftOut) throws TextRefusal {
        if (tokens.length == 0) {
            throw TextRefusal.badField("the prompt has no tokens; write something");
        }
        for (int id : tokens) {
            if (id >= config.vocabularySize()) {
                throw TextRefusal.badField("it uses the token '" + encoder.decode(new int[] {id})
                        + "' (id " + id + "), and the model has " + config.vocabularySize()
                        + " rows: none for it; leave that token out");
            }
        }
        return new PromptOutcome.Prompt(tokens, leftOut);
    }
}
