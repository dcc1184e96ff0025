package dev.plimsoll.model.samples;

import dev.plimsoll.model.samples.ParsedSample.Completion;
import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.samples.ParsedSample.QuestionAnswer;
import dev.plimsoll.model.samples.ParsedSample.Segments;
import dev.plimsoll.model.samples.ParsedSample.Segments.Segment;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads samples of a given part and an answer. */
final class Pairs {

    private Pairs() {}

    /**
     * {@code prompt} and {@code completion}: strings, or lists of messages. Of the latter those of
     * the completion are trained, whatever role those of the prompt have.
     */
    static ParsedSample promptCompletion(Fields fields, Optional<String> id) throws Refused {
        boolean lists = fields.get("prompt") instanceof List<?>;
        if (lists != fields.get("completion") instanceof List<?>
                && fields.given("completion").isPresent()) {
            throw Refused.badField("field prompt is " + Values.kind(fields.get("prompt"))
                    + " and field completion is " + Values.kind(fields.get("completion"))
                    + "; give two strings or two lists of messages");
        }
        if (!lists) {
            String prompt = fields.string("prompt");
            refuseResponse(fields);
            String completion = fields.trained("completion");
            Conversations.refuseIn(fields, "prompt and completion");
            PromptParts.refuseInPair(fields, "prompt", "completion", List.of(prompt));
            return new Completion(id, prompt, completion);
        }
        List<Message> messages = new ArrayList<>();
        for (Message message : Turns.of(fields.get("prompt"), "prompt")) {
            messages.add(new Message(message.role(), message.fields(), false));
        }
        List<Message> completion = Turns.requireTrained(
                Turns.of(fields.get("completion"), "completion"), "completion");
        messages.addAll(completion);
        ParsedSample.Conversation conversation = Conversations.of(fields, id, messages);
        PromptParts.refuseInPair(
                fields, "prompt", "completion", PromptParts.said(conversation.messages()));
        return conversation;
    }

    /** Only its writer knows whether such a pair is one text or a conversation. */
    private static void refuseResponse(Fields fields) throws Refused {
        if (!fields.has("completion") && fields.peek("response") instanceof String) {
            throw Refused.badField("field completion is missing, and there is a field response; say"
                    + " --map completion=response to train it right after the prompt, or --map"
                    + " question=prompt --map answer=response for a conversation");
        }
    }

    /** {@code question} and {@code answer}; a conversation where there is more than the two. */
    static ParsedSample questionAnswer(Fields fields, Optional<String> id) throws Refused {
        String question = fields.string("question");
        String answer = fields.trained("answer");
        ParsedSample.Conversation conversation = Conversations.of(
                fields,
                id,
                List.of(new Message("user", question), new Message("assistant", answer)));
        PromptParts.refuseInPair(
                fields, "question", "answer", PromptParts.said(conversation.messages()));
        return conversation.messages().size() == 2 && conversation.variables().isEmpty()
                ? new QuestionAnswer(id, question, answer)
                : conversation;
    }

    /**
     * {@code instruction}, {@code input}, {@code output}: the user says the instruction, a line
     * break and the input, where there is one; {@code history} is a list of pairs before it. Dolly
     * calls input and output {@code context} and {@code response}.
     */
    static ParsedSample alpaca(Fields fields, Optional<String> id) throws Refused {
        List<Message> messages = new ArrayList<>(history(fields));
        messages.add(new Message("user", instruction(fields)));
        String output = output(fields);
        if (fields.get(output) instanceof List<?> list) {
            throw Refused.badField("field " + output + " is a list of " + list.size()
                    + " answers, as data for ranking has it; give the one to be learned");
        }
        messages.add(new Message("assistant", fields.trained(output)));
        ParsedSample.Conversation conversation = Conversations.of(fields, id, messages);
        PromptParts.refuseInAlpaca(fields, PromptParts.said(conversation.messages()));
        return conversation;
    }

    private static String output(Fields fields) throws Refused {
        Object output = fields.peek("output");
        Object response = fields.peek("response");
        if (!Values.empty(output) && !Values.empty(response) && !output.equals(response)) {
            throw Refused.badField("fields output and response are both given and differ, and one"
                    + " answer is trained; leave one of them out");
        }
        return otherName(fields, "output", "response");
    }

    private static String instruction(Fields fields) throws Refused {
        Optional<String> instruction = fields.text("instruction");
        Optional<String> input = fields.text(otherName(fields, "input", "context"));
        if (instruction.isEmpty() && input.isEmpty()) {
            throw Refused.badField("fields instruction and input are empty or missing, so nobody"
                    + " asks; fill one, or give text to train text alone");
        }
        return instruction.isPresent() && input.isPresent()
                ? instruction.get() + "\n" + input.get()
                : instruction.or(() -> input).get();
    }

    /** The one of two names of which the field says something, else the one that is there. */
    private static String otherName(Fields fields, String name, String other) {
        Object first = fields.peek(name);
        Object second = fields.peek(other);
        return Values.empty(first) && (!Values.empty(second) || first == null && second != null)
                ? other
                : name;
    }

    private static List<Message> history(Fields fields) throws Refused {
        List<Message> messages = new ArrayList<>();
        if (fields.given("history").isEmpty()) {
            return messages;
        }
        int index = 0;
        for (Object pair : Turns.list(fields.get("history"), "history", "pairs [said, answered]")) {
            String where = "history[" + index++ + "]";
            if (!(pair instanceof List<?> two
                    && two.size() == 2
                    && two.get(0) instanceof String said
                    && two.get(1) instanceof String answered)) {
                throw Refused.badField(where + " is " + Values.kind(pair)
                        + "; give two strings: what was said, and the answer");
            }
            Values.requireRenderable(two, where);
            if (answered.isBlank()) {
                throw Refused.nothingToTrain(
                        where + " has no answer, and it is what would be trained; drop the pair");
            }
            messages.add(new Message("user", said));
            messages.add(new Message("assistant", answered));
        }
        return messages;
    }

    /** Pieces of text, each trained or not: prompt and completion where only the end is trained. */
    static ParsedSample segments(Fields fields, Optional<String> id) throws Refused {
        List<Segment> pieces = new ArrayList<>();
        int index = 0;
        for (Object segment : Turns.list(
                fields.get("segments"), "segments", "{\"text\": …, \"label\": true or false}")) {
            String where = "segments[" + index++ + "]";
            if (!(segment instanceof Map<?, ?> map
                    && map.get("text") instanceof String text
                    && map.get("label") instanceof Boolean trained)) {
                throw Refused.badField(where + " is " + Values.kind(segment)
                        + "; give {\"text\": \"…\", \"label\": true or false}");
            }
            Values.requireWellFormed(text, where + ".text");
            if (!text.isEmpty()) {
                add(pieces, new Segment(text, trained));
            }
        }
        if (pieces.stream().noneMatch(p -> p.trained() && !p.text().isBlank())) {
            throw Refused.nothingToTrain("none of the " + index
                    + " segments has label true and text, and only those are trained; add one");
        }
        boolean onlyTheEnd = pieces.getLast().trained()
                && (pieces.size() == 1
                        || pieces.size() == 2 && !pieces.getFirst().trained());
        if (onlyTheEnd) {
            String prompt = pieces.size() == 1 ? "" : pieces.getFirst().text();
            return new Completion(id, prompt, pieces.getLast().text());
        }
        return new Segments(id, pieces);
    }

    /** Pieces that are alike and follow one another are one. */
    private static void add(List<Segment> pieces, Segment next) {
        if (!pieces.isEmpty() && pieces.getLast().trained() == next.trained()) {
            pieces.add(new Segment(pieces.removeLast().text() + next.text(), next.trained()));
        } else {
            pieces.add(next);
        }
    }
}
