package dev.plimsoll.model.text;

import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.text.Source.Field;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.IntPredicate;

/**
 * The text of a conversation that is tokenized: its rendering, or, where that begins otherwise than
 * the model's prompt at inference, the prompt and the last turn behind it. Decision 0107.
 *
 * @param notes what a person should know
 * @param leftOut the names of fields that the template does not write and that are dropped
 */
record ChatText(MarkedText text, List<String> notes, SortedSet<String> leftOut) {

    ChatText {
        notes = List.copyOf(notes);
        leftOut = Collections.unmodifiableSortedSet(leftOut);
    }

    /** @throws TextRefusal the template leaves out what was said */
    static ChatText of(ChatRenderings renderings, Conversation conversation, boolean dropsUntold)
            throws TextRefusal {
        Builder builder = new Builder(renderings, conversation.messages(), dropsUntold);
        MarkedText base = builder.base();
        builder.requireSaid(base);
        return new ChatText(base, builder.notes, builder.leftOut);
    }

    private static final class Builder {
        private final ChatRenderings renderings;
        private final ChatVariables variables;
        private final List<Message> messages;
        private final boolean dropsUntold;
        private final List<String> notes = new ArrayList<>();
        private final SortedSet<String> leftOut = new TreeSet<>();

        Builder(ChatRenderings renderings, List<Message> messages, boolean dropsUntold) {
            this.renderings = renderings;
            this.variables = renderings.variables();
            this.messages = messages;
            this.dropsUntold = dropsUntold;
        }

        MarkedText base() throws TextRefusal {
            MarkedText full = renderings.full();
            int last = messages.size() - 1;
            if (last < 0
                    || renderings.template().marksGeneration()
                    || !messages.get(last).role().equals("assistant")) {
                return full;
            }
            Optional<MarkedText> prompt = renderings.prompt(last);
            int first = full.next(0, o -> variables.isOf(o, last));
            if (prompt.isEmpty() || first == full.length()) {
                return full;
            }
            int low = full.afterLast(first, o -> o != 0);
            Optional<MarkedText> given = asGiven(full, prompt.get(), low, last);
            if (given.isPresent()) {
                notes.add("the model's chat template rewrites " + path(last)
                        + "; it is trained as it was given, behind the prompt of inference");
                return given.get();
            }
            if (full.string().startsWith(prompt.get().string())) {
                return full;
            }
            return behindPrompt(full, prompt.get(), low, first);
        }

        /** The prompt where its history is another, else the rendering. */
        private MarkedText behindPrompt(MarkedText full, MarkedText prompt, int low, int first) {
            int tail = prompt.afterLast(prompt.length(), o -> o != 0);
            Begin begin = Begin.of(Optional.of(prompt), full, low, first);
            if (prompt.string().substring(0, tail).equals(full.string().substring(0, low))) {
                return full;
            }
            notes.add("the model's chat template writes what stands before the last turn otherwise"
                    + " once that turn is there; the text is the prompt of inference and the turn");
            return prompt.slice(0, begin.ofPrompt()).then(full.slice(begin.place(), full.length()));
        }

        /**
         * Prompt and content as it is, where the rendering of the last turn lacks some of it
         * (templates of reasoning models leave out everything up to {@code </think>}).
         */
        private Optional<MarkedText> asGiven(
                MarkedText full, MarkedText prompt, int low, int last) {
            if (!(messages.get(last).fields().get("content") instanceof String content)
                    || isIn(content, full.string().substring(low))) {
                return Optional.empty();
            }
            IntPredicate own =
                    o -> variables.isOf(o, last) && variables.source(o).field() == Field.CONTENT;
            int end = full.afterLast(full.length(), own);
            if (end <= low || count(full, own) >= squeezed(content).length()) {
                return Optional.empty();
            }
            String said = content.strip();
            int known = overlap(prompt.string(), said);
            MarkedText turn = MarkedText.of(said.substring(known), full.origin(end - 1));
            return Optional.of(prompt.then(turn).then(full.slice(end, full.length())));
        }

        /** All chars are there, if perhaps in another form: JSON's, for example. */
        private static int count(MarkedText text, IntPredicate own) {
            int count = 0;
            for (int at = 0; at < text.length(); at++) {
                boolean space = Character.isWhitespace(text.string().charAt(at));
                count += own.test(text.origin(at)) && !space ? 1 : 0;
            }
            return count;
        }

        /** Whether a text is there, white space aside. */
        private static boolean isIn(String said, String written) {
            return written.contains(said.strip()) || squeezed(written).contains(squeezed(said));
        }

        private static String squeezed(String text) {
            StringBuilder squeezed = new StringBuilder();
            text.chars()
                    .filter(c -> !Character.isWhitespace(c))
                    .forEach(c -> squeezed.append((char) c));
            return squeezed.toString();
        }

        /** The longest beginning of {@code content} that {@code prompt} already ends with. */
        private static int overlap(String prompt, String content) {
            for (int n = Math.min(Math.min(prompt.length(), content.length()), 4_096); n > 0; n--) {
                if (prompt.endsWith(content.substring(0, n))) {
                    return n;
                }
            }
            return 0;
        }

        private String path(int message) {
            return "messages[" + message + "].content";
        }

        /** Each field that says something has at least one char in the text. */
        void requireSaid(MarkedText text) throws TextRefusal {
            Places places = new Places(text, variables);
            for (int origin = 1; origin <= variables.sources().size(); origin++) {
                Source source = variables.source(origin);
                if (source.said() && !places.hasOrigin(origin)) {
                    leftOut(source);
                }
            }
            for (int i = 0; i < messages.size(); i++) {
                if (places.has(i)) {
                    noteShortened(text, places, i);
                }
            }
        }

        private void leftOut(Source source) throws TextRefusal {
            if (source.field() == Field.REASONING && isHistory(source)) {
                notes.add("the model's chat template leaves out " + source.path()
                        + ", as it does at inference once more turns follow");
                return;
            }
            Optional<String> untold = untold(source);
            if (untold.isPresent() && dropsUntold) {
                leftOut.add(untold.get());
                notes.add("the model's chat template does not write " + source.path()
                        + ": the sample is trained without it");
                return;
            }
            String remedy = switch (source.field()) {
                case REASONING -> "write it into content as the model does, or leave it out";
                case CALL_NAME, CALL_ARGUMENTS ->
                    "write the call into content as the model does, or use a model whose"
                            + " template knows calls";
                case TOOLS, DOCUMENTS ->
                    "write them into the system message, or use a model whose template knows them";
                case CONTENT, PART_TYPE, OTHER ->
                    "put the text into a message that the template writes, or leave it out";
            };
            throw TextRefusal.badField("the model's chat template leaves out " + source.path()
                    + "; " + remedy + (untold.isPresent() ? ", or set untold-fields to drop" : ""));
        }

        /**
         * The name of what the model never sees under this template, at inference neither. What a
         * user or a tool said, and a call, are no such things.
         */
        private Optional<String> untold(Source source) {
            return switch (source.field()) {
                case REASONING, TOOLS -> Optional.of(source.name());
                case CONTENT -> {
                    Message message = messages.get(source.message());
                    yield switch (message.role()) {
                        case "system", "developer" -> Optional.of(message.role());
                        case "assistant" ->
                            message.fields().containsKey("tool_calls")
                                    ? Optional.of("content beside calls")
                                    : Optional.empty();
                        default -> Optional.empty();
                    };
                }
                case CALL_NAME, CALL_ARGUMENTS, PART_TYPE, OTHER, DOCUMENTS -> Optional.empty();
            };
        }

        /** An earlier turn of a template that writes reasoning, or a turn that is not trained. */
        private boolean isHistory(Source source) {
            return !messages.get(source.message()).trained()
                    || source.message() < messages.size() - 1
                            && renderings.template().knows(source.name());
        }

        private void noteShortened(MarkedText text, Places places, int message) {
            if (!(messages.get(message).fields().get("content") instanceof String content)) {
                return;
            }
            int low = text.afterLast(places.first(message), o -> o != 0);
            int high = text.next(places.end(message), o -> o != 0);
            if (!isIn(content, text.string().substring(low, high))) {
                notes.add("the model's chat template writes " + path(message)
                        + " in another form, or not all of it, as at inference once more turns"
                        + " follow");
            }
        }
    }
}
