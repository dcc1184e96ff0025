package dev.plimsoll.cli.generation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.model.text.PromptTokenizer;
import dev.plimsoll.model.text.TextStream;
import dev.plimsoll.wire.codec.Json;

import java.util.Set;
import java.util.function.Consumer;

/** Puts prompts to the engine, and makes text of its answers. */
final class Speaker {

    private static final ObjectMapper JSON = Json.mapper();
    private static final double MILLIS = 1000;

    private final EngineProcess engine;
    private final PromptTokenizer tokenizer;
    private final GenerateOptions options;
    private final double repetitionPenalty;
    private final Set<Integer> endIds;

    Speaker(
            EngineProcess engine,
            PromptTokenizer tokenizer,
            GenerateOptions options,
            double repetitionPenalty) {
        this.engine = engine;
        this.tokenizer = tokenizer;
        this.options = options;
        this.repetitionPenalty = repetitionPenalty;
        this.endIds = tokenizer.endIds();
    }

    /** @param figures as {@code --json} shows them */
    record Answer(String text, ObjectNode figures) {}

    /** @param piece told of each piece of the text as soon as it is known */
    Answer answer(int[] prompt, Consumer<String> piece) {
        StringBuilder text = new StringBuilder();
        TextStream stream = tokenizer.stream();
        Consumer<String> say = next -> {
            if (!next.isEmpty()) {
                text.append(next);
                piece.accept(next);
            }
        };
        JsonNode done = engine.generate(
                options.request(prompt, endIds, repetitionPenalty),
                token -> say.accept(stream.add(token)));
        say.accept(stream.end());
        return new Answer(text.toString(), figures(text.toString(), prompt.length, done));
    }

    private ObjectNode figures(String text, int promptTokens, JsonNode done) {
        ObjectNode figures = JSON.createObjectNode();
        figures.put("text", text);
        figures.set("tokens", done.path("tokens"));
        figures.put("finish", done.path("finish").asText());
        figures.put("promptTokens", promptTokens);
        figures.put("reusedTokens", done.path("reusedTokens").asInt());
        int newTokens = done.path("tokens").size();
        figures.put("newTokens", newTokens);
        figures.put("prefillMillis", done.path("prefillMillis").asDouble());
        double decodeMillis = done.path("decodeMillis").asDouble();
        figures.put("decodeMillis", decodeMillis);
        // the first new token belongs to the prompt
        figures.put(
                "tokensPerSecond",
                newTokens < 2 || decodeMillis == 0 ? 0 : (newTokens - 1) / decodeMillis * MILLIS);
        figures.put("peakBytes", done.path("peakBytes").asLong());
        figures.set("device", engine.ready().path("device"));
        figures.set("precision", engine.ready().path("precision"));
        return figures;
    }
}
