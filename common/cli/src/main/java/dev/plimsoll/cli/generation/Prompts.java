package dev.plimsoll.cli.generation;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.model.samples.ParsedSample.Conversation;
import dev.plimsoll.model.text.PromptOutcome;
import dev.plimsoll.model.text.PromptTokenizer;

import java.util.function.Consumer;

/**
 * Makes tokens of what people ask, and refuses what the model cannot take.
 *
 * @param longest the most tokens that the model takes
 * @param context the most tokens that are wanted; 0 for no wish
 * @param remarks is told what a person should know
 */
record Prompts(PromptTokenizer tokenizer, int longest, int context, Consumer<String> remarks) {

    /** For another number of tokens. */
    Prompts within(int tokens) {
        return new Prompts(tokenizer, longest, tokens, remarks);
    }

    int[] chat(Conversation conversation) {
        return usable(tokenizer.chat(conversation));
    }

    int[] text(String text) {
        return usable(tokenizer.text(text));
    }

    /** The positions that a prompt and an answer need, as far as the model has them. */
    int positions(int promptTokens, int newTokens) {
        return (int) Math.min(
                context > 0 ? Math.min(context, longest) : longest,
                (long) promptTokens + newTokens);
    }

    private int[] usable(PromptOutcome outcome) {
        return switch (outcome) {
            case PromptOutcome.Refused refused ->
                throw CliFailure.input("the prompt cannot be used: " + refused.note());
            case PromptOutcome.Prompt prompt -> {
                int length = prompt.tokens().length;
                if (length >= longest) {
                    throw CliFailure.input("the prompt has " + length + " tokens and the model"
                            + " takes " + longest + " with the answer; shorten it");
                }
                if (context > 0 && length >= context) {
                    throw CliFailure.input("the prompt has " + length + " tokens and --context is "
                            + context + " with the answer; shorten it, or give a larger --context");
                }
                if (!prompt.leftOut().isEmpty()) {
                    remarks.accept("the model's chat template leaves out "
                            + String.join(", ", prompt.leftOut()));
                }
                yield prompt.tokens();
            }
        };
    }
}
