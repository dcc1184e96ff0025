package dev.plimsoll.model.samples;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a sample is written down, in the order of precedence: a record is of the first shape of which
 * it has a field that tells it.
 */
public enum SampleShape {
    /** OpenAI's: a list of {@code role} and {@code content}, with tools. */
    MESSAGES("messages", Set.of("messages"), Set.of("tools", "system")),
    /** ShareGPT's: a list of {@code from} and {@code value}. */
    SHAREGPT("sharegpt", Set.of("conversations", "conversation"), Set.of("tools", "system")),
    /** Two strings, or two lists of messages as TRL has them. */
    PROMPT_COMPLETION("prompt-completion", Set.of("prompt", "completion"), Set.of()),
    /** Alpaca's: an instruction, its input, the answer; or Dolly's, with context and response. */
    ALPACA(
            "alpaca",
            Set.of("instruction", "output"),
            Set.of("input", "context", "response", "system", "history", "tools")),
    /** A question and its answer. */
    QUESTION_ANSWER("question-answer", Set.of("question", "answer"), Set.of("system")),
    /** Axolotl's: pieces of text, each with a label that says whether it is trained. */
    SEGMENTS("segments", Set.of("segments"), Set.of()),
    /** Plain text, trained whole. */
    TEXT("text", Set.of("text"), Set.of());

    private final String word;
    private final Set<String> telling;
    private final Set<String> others;

    SampleShape(String word, Set<String> telling, Set<String> others) {
        this.word = word;
        this.telling = telling;
        this.others = others;
    }

    /** As messages name it: {@code prompt-completion}. */
    public String word() {
        return word;
    }

    /** The fields of which one is enough to tell the shape. */
    public Set<String> telling() {
        return telling;
    }

    /** Whether everything is there that a sample of this shape needs. */
    private boolean complete(Fields fields) {
        return switch (this) {
            case SHAREGPT -> told(fields);
            case MESSAGES, PROMPT_COMPLETION, QUESTION_ANSWER, SEGMENTS, TEXT ->
                telling.stream().allMatch(name -> there(fields, name));
            case ALPACA ->
                (there(fields, "output") || there(fields, "response"))
                        && (there(fields, "instruction") || there(fields, "input"));
        };
    }

    private boolean told(Fields fields) {
        return telling.stream().anyMatch(name -> there(fields, name));
    }

    private static boolean there(Fields fields, String name) {
        return fields.peek(name) != null;
    }

    /**
     * The first shape of which a record has all fields, else the first of which it has one; fields
     * that are null count last. Text counts only where no other shape is told.
     */
    static Optional<SampleShape> of(Fields fields) {
        List<SampleShape> told =
                Arrays.stream(values()).filter(shape -> shape.told(fields)).toList();
        return told.stream()
                .filter(shape -> shape.complete(fields) && (shape != TEXT || told.size() == 1))
                .findFirst()
                .or(() -> told.stream().findFirst())
                .or(() -> Arrays.stream(values())
                        .filter(shape -> shape.telling.stream().anyMatch(fields::has))
                        .findFirst());
    }

    /** Every field that some shape reads, sorted. */
    public static List<String> fields() {
        Set<String> names = new TreeSet<>(Set.of("id", "documents", "chat_template_kwargs"));
        Arrays.stream(values()).forEach(shape -> {
            names.addAll(shape.telling);
            names.addAll(shape.others);
        });
        return List.copyOf(names);
    }
}
