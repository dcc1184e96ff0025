package dev.plimsoll.model.text;

import static dev.plimsoll.model.text.TextRefusal.badField;

import dev.plimsoll.model.jinja.Span;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;

import java.util.List;

/**
 * Tokens and mask of a conversation. Whatever the rules say, no char of another message than an
 * assistant's trained one is in a trained token, and each trained turn has a trained char; that is
 * looked at here last, and a conversation of which it is not true is refused.
 */
final class ChatTraining {

    private final ChatRenderings renderings;
    private final ChatVariables variables;
    private final List<Message> messages;
    private final MarkedText text;
    private final TrainingText training;
    private final Encoded tokens;

    private ChatTraining(
            ChatRenderings renderings,
            List<Message> messages,
            MarkedText text,
            TrainingText training) {
        this.renderings = renderings;
        this.variables = renderings.variables();
        this.messages = messages;
        this.text = text;
        this.training = training;
        this.tokens = training.tokens();
    }

    /** @param dropsUntold what the template does not write is left out and told, not refused */
    static TrainingText of(
            ChatTemplate template,
            Conversation given,
            TextEncoder encoder,
            TextConfig config,
            TokenLimit limit,
            boolean dropsUntold)
            throws TextRefusal {
        NamedReasoning named = NamedReasoning.of(template, given);
        Conversation conversation = named.conversation();
        ChatRenderings renderings = ChatRenderings.of(template, conversation);
        ChatText chat = ChatText.of(renderings, conversation, dropsUntold);
        MarkedText text = chat.text();
        encoder.requireAtMost(limit, text.string());
        config.requireKnown(text.string());
        Encoded tokens = encoder.encode(text, renderings.variables());
        TrainingText training = new TrainingText(text.string(), tokens);
        training.notes().addAll(named.notes());
        training.notes().addAll(chat.notes());
        training.leftOut().addAll(chat.leftOut());
        List<Message> messages = conversation.messages();
        ChatTraining chatTraining = new ChatTraining(renderings, messages, text, training);
        chatTraining.note(encoder.special());
        TurnEnds ends = new TurnEnds(renderings, text, tokens, encoder.special(), config);
        List<Turn> turns =
                new Turns(renderings, messages, text, tokens, ends, training.notes()).find();
        if (template.marksGeneration()) {
            chatTraining.byBlocks(renderings.whole().generated());
        } else {
            chatTraining.byTurns(turns);
        }
        chatTraining.check();
        chatTraining.close(turns, encoder, config);
        return training;
    }

    /** What the assistant's own text holds of special tokens is read as such. */
    private void note(SpecialTexts special) {
        for (SpecialTexts.Occurrence o : special.in(text.string())) {
            int origin = text.origin(o.from());
            if (origin != 0 && !variables.isOthers(origin)) {
                training.notes()
                        .add("messages[" + variables.message(origin) + "] holds '" + o.content()
                                + "', which is read as that special token; write it in another way"
                                + " if it is meant as text");
            }
        }
        training.notes().addAll(renderings.form().notes());
    }

    private void byTurns(List<Turn> turns) throws TextRefusal {
        for (Turn turn : turns) {
            if (!messages.get(turn.message()).trained()) {
                continue;
            }
            requireAlone(turn.begin(), turn.end(), turn.message());
            String rule = "assistant's turn messages[" + turn.message() + "]";
            int first = tokens.at(turn.begin());
            boolean any = false;
            for (int i = first; i < tokens.size() && tokens.from()[i] < turn.end(); i++) {
                if (mayTrain(i)) {
                    training.train(i, rule);
                    any |= tokens.from()[i] < turn.said();
                }
            }
            boolean across = first > 0 && tokens.to()[first - 1] > turn.begin();
            if (across) {
                across(first - 1, turn.message(), !any && mayTrain(first - 1), rule);
            }
        }
    }

    /** A token across the border is the prompt's, unless all that was said is in it. */
    private void across(int token, int message, boolean trains, String rule) {
        if (trains) {
            training.train(token, rule);
        }
        training.notes()
                .add("the token '"
                        + text.string().substring(tokens.from()[token], tokens.to()[token])
                        + "' holds the end of the prompt and the begin of messages[" + message
                        + "]; it is " + (trains ? "" : "not ") + "trained");
    }

    /** As Transformers' return_assistant_tokens_mask. */
    private void byBlocks(List<Span> blocks) throws TextRefusal {
        for (Span block : blocks) {
            int message = messageOf(block);
            if (message != Source.NO_MESSAGE && isExcluded(message)) {
                continue;
            }
            requireAlone(block.from(), block.to(), message);
            int first = tokens.at(block.from());
            while (first > 0 && tokens.to()[first - 1] > block.from()) {
                first--;
            }
            for (int i = first; i < tokens.size() && tokens.from()[i] < block.to(); i++) {
                if (mayTrain(i)) {
                    training.train(i, "generation block");
                }
            }
        }
    }

    private boolean isExcluded(int message) {
        return messages.get(message).role().equals("assistant")
                && !messages.get(message).trained();
    }

    private int messageOf(Span block) {
        int own = text.next(block.from(), o -> variables.message(o) != Source.NO_MESSAGE);
        if (own >= block.to()) {
            own = text.afterLast(block.from(), o -> variables.message(o) != Source.NO_MESSAGE) - 1;
        }
        return own < 0 ? Source.NO_MESSAGE : variables.message(text.origin(own));
    }

    private void requireAlone(int from, int to, int message) throws TextRefusal {
        int other = text.next(from, to, o -> !mayTrainOrigin(o));
        if (other < to) {
            throw badField("the model's chat template writes "
                    + variables.source(text.origin(other)).path() + " within what it writes for "
                    + (message == Source.NO_MESSAGE ? "the assistant" : "messages[" + message + "]")
                    + ", so the two cannot be told apart; use prompt and completion");
        }
    }

    private boolean mayTrain(int token) {
        return !text.has(tokens.from()[token], tokens.to()[token], o -> !mayTrainOrigin(o));
    }

    private boolean mayTrainOrigin(int origin) {
        return origin == 0
                || !variables.isOthers(origin)
                        && messages.get(variables.message(origin)).trained();
    }

    private void check() throws TextRefusal {
        boolean[] trained = new boolean[messages.size()];
        for (int i = 0; i < tokens.size(); i++) {
            if (!training.isTrained(i)) {
                continue;
            }
            if (!mayTrain(i)) {
                throw badField("token " + i + " of the rendered chat would train what is not the"
                        + " assistant's; use prompt and completion, and report this");
            }
            for (int at = tokens.from()[i]; at < tokens.to()[i]; at++) {
                if (text.origin(at) != 0) {
                    trained[variables.message(text.origin(at))] = true;
                }
            }
        }
        for (int i = 0; i < trained.length; i++) {
            if (messages.get(i).trained() && !trained[i]) {
                throw badField("nothing of messages[" + i + "] would be trained: "
                        + (renderings.template().marksGeneration()
                                ? "the model's chat template does not mark it as generated"
                                : "its tokens also hold what others said")
                        + "; exclude the turn, or use prompt and completion");
            }
        }
    }

    /** Nothing is kept behind the last turn; an end token is appended where it has none. */
    private void close(List<Turn> turns, TextEncoder encoder, TextConfig config) {
        if (turns.isEmpty() || turns.getLast().message() != messages.size() - 1) {
            return;
        }
        Turn last = turns.getLast();
        boolean marked = renderings.template().marksGeneration();
        if (last.closed()) {
            int end = last.end();
            for (int i = tokens.size() - 1; i >= 0 && tokens.from()[i] >= last.end(); i--) {
                if (training.isTrained(i)) {
                    end = tokens.to()[i];
                    break;
                }
            }
            training.cut(end);
        } else if (!marked) {
            boolean trained = messages.get(last.message()).trained();
            training.append(
                    config.endId(),
                    encoder.decode(new int[] {config.endId()}),
                    trained ? "end token" : null);
            training.notes()
                    .add("the model's chat template writes no end token behind the last turn;"
                            + " one is appended");
        }
        int size = training.tokens().size();
        if (marked && size > 0 && !training.isTrained(size - 1)) {
            training.notes()
                    .add("the model's chat template does not mark an end token as generated: the"
                            + " model does not learn to end a turn");
        }
    }
}
