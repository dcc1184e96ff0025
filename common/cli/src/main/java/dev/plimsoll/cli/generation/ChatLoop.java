package dev.plimsoll.cli.generation;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.samples.ParsedSample.Message;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A conversation with a person: a line is a message, until the input ends. */
final class ChatLoop {

    private static final String QUIT = "/quit";
    private static final String CLEAR = "/clear";
    private static final String ASKS = "> ";

    private final Speaker speaker;
    private final Prompts prompts;
    private final Map<String, Object> variables;
    private final List<Message> beginning;
    private final PrintWriter out;

    /**
     * @param beginning what is there before the person says anything: a system text, if any
     * @param variables what the chat template gets besides the messages
     */
    ChatLoop(
            Speaker speaker,
            Prompts prompts,
            List<Message> beginning,
            Map<String, Object> variables,
            PrintWriter out) {
        this.speaker = speaker;
        this.prompts = prompts;
        this.variables = variables;
        this.beginning = beginning;
        this.out = out;
    }

    void run(BufferedReader in) {
        out.println(QUIT + " ends, " + CLEAR + " begins anew");
        List<Message> messages = new ArrayList<>(beginning);
        for (String line = ask(in); line != null && !line.equals(QUIT); line = ask(in)) {
            if (line.equals(CLEAR)) {
                messages = new ArrayList<>(beginning);
            } else if (!line.isBlank()) {
                messages.add(new Message("user", line));
                answer(messages);
            }
        }
    }

    /** A message that cannot be answered is told, and forgotten. */
    private void answer(List<Message> messages) {
        int[] prompt;
        try {
            prompt = prompts.chat(new Conversation(Optional.empty(), messages, variables));
        } catch (RuntimeException e) {
            if (!CliFailure.isExpected(e)) {
                throw e;
            }
            out.println(e.getMessage());
            messages.removeLast();
            return;
        }
        String text = speaker.answer(prompt, piece -> {
                    out.print(piece);
                    out.flush();
                })
                .text();
        out.println();
        messages.add(new Message("assistant", text));
    }

    private String ask(BufferedReader in) {
        out.print(ASKS);
        out.flush();
        try {
            return in.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException("the terminal cannot be read", e);
        }
    }
}
