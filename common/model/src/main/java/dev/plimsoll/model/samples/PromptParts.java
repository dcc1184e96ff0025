package dev.plimsoll.model.samples;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Fields that hold a part of what is asked, in a record whose shape does not read them. Without
 * them the answer would be trained to another question; see decision 0108.
 */
final class PromptParts {

    private static final Set<String> NAMES = Set.of(
            "instruction",
            "question",
            "input",
            "context",
            "contexts",
            "passage",
            "passages",
            "paragraph",
            "paragraphs",
            "document",
            "article",
            "choices",
            "options",
            "history");

    private PromptParts() {}

    /**
     * Refuses a question and its answer that leave such a field out.
     *
     * @param question the name of the field that asks
     * @param answer the name of the field that is trained
     * @param said what the sample trains nothing of
     */
    static void refuseInPair(Fields fields, String question, String answer, List<String> said)
            throws Refused {
        List<String> unread = unread(fields, said);
        boolean text = unread.size() == 1
                && fields.peek(unread.getFirst()) instanceof String
                && fields.peek(question) instanceof String;
        refuse(
                unread,
                question + " and " + answer,
                text ? conversation(unread.getFirst(), question, answer) : "",
                question);
    }

    /** Options that make a conversation of three fields, in which the user says two. */
    private static String conversation(String name, String question, String answer) {
        String user = switch (name) {
            case "instruction" -> "--map input=" + question;
            case "input", "context" -> "--map instruction=" + question;
            default -> "--map instruction=" + question + " --map input=" + name;
        };
        return "say " + user + " --map output=" + answer
                + " for a conversation in which the user says both, ";
    }

    /**
     * Refuses an instruction that leaves such a field out.
     *
     * @param said what the user says
     */
    static void refuseInAlpaca(Fields fields, List<String> said) throws Refused {
        List<String> unread = unread(fields, said);
        boolean text = unread.size() == 1 && fields.peek(unread.getFirst()) instanceof String;
        boolean asks = !Values.empty(fields.peek("instruction"));
        boolean full = !Values.empty(fields.peek("input")) || !Values.empty(fields.peek("context"));
        String map = text && !(asks && full)
                ? "say --map " + (asks ? "input=" : "instruction=") + unread.getFirst() + ", "
                : "";
        refuse(
                unread,
                "instruction, input and output",
                map,
                full && asks ? "input" : "instruction");
    }

    private static void refuse(List<String> unread, String shape, String map, String into)
            throws Refused {
        if (unread.isEmpty()) {
            return;
        }
        boolean one = unread.size() == 1;
        String them = one ? "it" : "them";
        throw Refused.badField((one ? "field " : "fields ") + String.join(" and ", unread)
                + (one ? " is" : " are") + " given, and " + shape + " would be trained without "
                + them + "; " + map + "write " + them + " into " + into + ", or leave " + them
                + " out");
    }

    /** A text that stands in the prompt already is read with it. */
    private static List<String> unread(Fields fields, List<String> said) {
        return fields.leftAlone().stream()
                .filter(NAMES::contains)
                .filter(name -> !isSaid(fields.peek(name), said))
                .toList();
    }

    /** Whether all text of a value stands in one of these; true and false are no text. */
    private static boolean isSaid(Object value, List<String> said) {
        return switch (value) {
            case null -> true;
            case Boolean _ -> true;
            case String text -> said.stream().anyMatch(one -> holds(one, text.strip()));
            case List<?> list -> list.stream().allMatch(element -> isSaid(element, said));
            case Map<?, ?> map -> map.values().stream().allMatch(part -> isSaid(part, said));
            default -> said.stream().anyMatch(one -> holds(one, value.toString()));
        };
    }

    /** Whether a text holds a part, and not only inside of a longer word. */
    private static boolean holds(String text, String part) {
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
            int end = at + part.length();
            boolean begins = at == 0 || !isInWord(text, at);
            if (part.isEmpty() || begins && (end == text.length() || !isInWord(text, end))) {
                return true;
            }
        }
        return false;
    }

    /** Whether a word goes on between this char and the one before it. */
    private static boolean isInWord(String text, int at) {
        return isOfWord(text.codePointBefore(at)) && isOfWord(text.codePointAt(at));
    }

    private static boolean isOfWord(int c) {
        return Character.isLetterOrDigit(c) && !Character.isIdeographic(c);
    }

    /** What a conversation trains nothing of. */
    static List<String> said(List<ParsedSample.Message> messages) {
        return messages.stream()
                .filter(message -> !message.trained())
                .map(ParsedSample.Message::content)
                .toList();
    }
}
