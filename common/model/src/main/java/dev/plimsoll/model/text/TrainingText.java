package dev.plimsoll.model.text;

import dev.plimsoll.model.samples.ParsedSample.Message;
import dev.plimsoll.model.text.ChatTemplate.TemplateRefusal;

import java.util.ArrayList;
import java.util.List;

/**
 * A conversation as text, cut where training begins and ends. Each piece is tokenized by itself,
 * exactly as at inference, where the prompt is tokenized before anything is generated.
 */
final class TrainingText {

    /** A stretch of text that is wholly trained or wholly not. */
    record Piece(String text, boolean trained) {}

    private final ChatTemplate template;
    private final List<Message> messages;
    private final List<Piece> pieces = new ArrayList<>();
    /** Everything in {@link #pieces}. */
    private String done = "";

    private TrainingText(ChatTemplate template, List<Message> messages) {
        this.template = template;
        this.messages = messages;
    }

    /** The pieces of a conversation whose last message is the assistant's. */
    static List<Piece> of(ChatTemplate template, List<Message> messages) throws TemplateRefusal {
        TrainingText text = new TrainingText(template, messages);
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i).role().equals("assistant")) {
                text.turn(i);
            }
        }
        return text.pieces;
    }

    /**
     * One assistant's turn. What is trained is what follows the generation prompt in the rendering.
     * Reasoning models' templates write less than was said (everything up to {@code </think>} is
     * left out of history) or open the reasoning in the generation prompt; then the last turn is
     * the generation prompt and the message as it is.
     */
    private void turn(int index) throws TemplateRefusal {
        String prompt = template.render(messages.subList(0, index), true);
        String full = template.render(messages.subList(0, index + 1), false);
        String content = messages.get(index).content().strip();
        int begin = commonPrefix(prompt, full);
        int said = full.lastIndexOf(content);
        boolean whole = said >= done.length();
        if (begin < prompt.length() && whole) {
            begin = Math.min(begin, said);
        }
        if (whole && begin <= said) {
            add(full.substring(0, begin), false);
            add(full, true);
        } else if (index == messages.size() - 1) {
            add(prompt, false);
            add(prompt + content.substring(overlap(prompt, content)), true);
        } else if (begin == prompt.length()) {
            add(prompt, false);
            add(full, true);
        } else {
            throw rewritten(index);
        }
    }

    private void add(String upTo, boolean trained) throws TemplateRefusal {
        if (!upTo.startsWith(done)) {
            throw rewritten(-1);
        }
        if (upTo.length() > done.length()) {
            pieces.add(new Piece(upTo.substring(done.length()), trained));
        }
        done = upTo;
    }

    private static TemplateRefusal rewritten(int index) {
        String where = index < 0 ? "earlier turns" : "messages[" + index + "]";
        return new TemplateRefusal(
                "the model's chat template writes " + where + " differently once more turns"
                        + " follow; submit one sample per assistant's turn, each ending with "
                        + "the turn to be trained");
    }

    private static int commonPrefix(String a, String b) {
        int n = Math.min(a.length(), b.length());
        int i = 0;
        while (i < n && a.charAt(i) == b.charAt(i)) {
            i++;
        }
        return i;
    }

    /**
     * The length of the longest beginning of {@code content} that {@code prompt} already ends with.
     */
    private static int overlap(String prompt, String content) {
        for (int n = Math.min(prompt.length(), content.length()); n > 0; n--) {
            if (prompt.endsWith(content.substring(0, n))) {
                return n;
            }
        }
        return 0;
    }
}
