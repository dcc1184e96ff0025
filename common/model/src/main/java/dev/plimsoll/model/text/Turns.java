package dev.plimsoll.model.text;

import static dev.plimsoll.model.text.TextRefusal.badField;

import dev.plimsoll.model.samples.ParsedSample.Message;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the assistant's turns in a text by the origin of its chars: where the model takes over, and
 * where it ends.
 */
final class Turns {

    /** After so many looks at one kind of begin the rest is believed, so that time stays linear. */
    private static final int LOOKS = 4;

    private record Kind(String before, String roleBefore) {}

    private record Seen(int times, Begin begin, int low) {}

    private final ChatRenderings renderings;
    private final ChatVariables variables;
    private final List<Message> messages;
    private final MarkedText text;
    private final Encoded tokens;
    private final TurnEnds ends;
    private final List<String> notes;
    private final Map<Kind, Seen> seen = new HashMap<>();
    /** Turns that were looked at and are not written once more. */
    private int plain;

    Turns(
            ChatRenderings renderings,
            List<Message> messages,
            MarkedText text,
            Encoded tokens,
            TurnEnds ends,
            List<String> notes) {
        this.renderings = renderings;
        this.variables = renderings.variables();
        this.messages = messages;
        this.text = text;
        this.tokens = tokens;
        this.ends = ends;
        this.notes = notes;
    }

    /** Those of the assistant that are trained, and the last in any case. */
    List<Turn> find() throws TextRefusal {
        Places places = new Places(text, variables);
        List<Turn> turns = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            boolean last = i == messages.size() - 1;
            if (!messages.get(i).role().equals("assistant")
                    || !messages.get(i).trained() && !last) {
                continue;
            }
            if (places.has(i)) {
                turns.add(turn(i, places, last));
            } else if (messages.get(i).trained()) {
                throw badField("the model's chat template writes nothing of messages[" + i
                        + "]; give the turn some text, or drop it");
            }
        }
        return turns;
    }

    private Turn turn(int message, Places places, boolean last) throws TextRefusal {
        int first = places.first(message);
        int said = last ? places.end(message) : ownEnd(message, places);
        int begin = begin(message, first, last).place();
        int next = text.next(said, o -> o != 0);
        boolean calls = messages.get(message).fields().containsKey("tool_calls");
        Optional<Integer> end = ends.of(message, said, next, calls);
        if (end.isPresent()) {
            return new Turn(message, begin, said, end.get(), true);
        }
        if (last) {
            return new Turn(message, begin, said, text.length(), false);
        }
        notes.add("the model's chat template writes no end token behind messages[" + message
                + "]: the turn is trained without an end");
        return new Turn(message, begin, said, ends.ofTail(message, said, next), false);
    }

    /**
     * One more than the last char of a turn. A template may write some of it once more in the next
     * message's header (the name of a called function before its result): without the messages that
     * follow it does not.
     */
    private int ownEnd(int message, Places places) throws TextRefusal {
        int end = places.end(message);
        boolean calls = messages.get(message).fields().containsKey("tool_calls");
        if (!calls && !ends.isWithin(places.first(message), end) || plain >= LOOKS) {
            return end;
        }
        Optional<MarkedText> alone = renderings.upTo(message);
        int own = alone.map(t -> t.afterLast(t.length(), o -> variables.isOf(o, message)))
                .orElse(0);
        if (own == 0) {
            return end;
        }
        int lastOrigin = alone.get().origin(own - 1);
        int count = alone.get().count(0, own, lastOrigin);
        int at = places.first(message);
        for (int met = 0; at < end && met < count; at++) {
            met += text.origin(at) == lastOrigin ? 1 : 0;
        }
        int ownEnd = text.afterLast(at, o -> o == lastOrigin);
        if (ownEnd <= places.first(message) || ownEnd == end) {
            plain++;
            return end;
        }
        return ownEnd;
    }

    private Begin begin(int message, int first, boolean last) throws TextRefusal {
        int low = text.afterLast(first, o -> o != 0);
        Kind kind = new Kind(
                text.string().substring(low, first),
                message == 0 ? "" : messages.get(message - 1).role());
        Seen before = seen.get(kind);
        if (before != null && before.times() >= LOOKS && !last) {
            Begin begin = before.begin();
            return new Begin(begin.place() - before.low() + low, 0, begin.exact());
        }
        Optional<MarkedText> prompt = renderings.prompt(message);
        Begin begin = wholeTokens(prompt, Begin.of(prompt, text, low, first), low);
        note(message, prompt, begin);
        seen.put(kind, new Seen(before == null ? 1 : before.times() + 1, begin, low));
        return begin;
    }

    /**
     * Where the text leaves the prompt within a token ({@code <think>} and {@code <tool_call>}
     * begin alike), the model writes that token.
     */
    private Begin wholeTokens(Optional<MarkedText> prompt, Begin begin, int low) {
        int before = tokens.at(begin.place()) - 1;
        if (prompt.isEmpty()
                || begin.ofPrompt() == prompt.get().length()
                || before < 0
                || tokens.to()[before] <= begin.place()
                || tokens.from()[before] < low) {
            return begin;
        }
        return begin.earlier(begin.place() - tokens.from()[before]);
    }

    private void note(int message, Optional<MarkedText> prompt, Begin begin) {
        if (prompt.isEmpty()) {
            notes.add("the model's chat template writes no prompt before messages[" + message
                    + "]; what was said is trained, without what the template puts before it");
        } else if (begin.ofPrompt() < prompt.get().length()) {
            notes.add("at inference the prompt before messages[" + message + "] also ends with "
                    + shown(prompt.get().string().substring(begin.ofPrompt())));
        } else if (!begin.exact()) {
            notes.add("before messages[" + message
                    + "] stands another text than the prompt of inference: it is written with what"
                    + " follows");
        }
    }

    private static String shown(String text) {
        return "'" + text.replace("\n", "\\n") + "'";
    }
}
