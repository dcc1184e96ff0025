package dev.plimsoll.cli.generation;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.wire.codec.Json;

import picocli.CommandLine.Option;

import java.util.Set;

/** How an answer is written. */
final class GenerateOptions {

    private static final ObjectMapper JSON = Json.mapper();

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "0",
            description = "At 0 the likeliest token is always taken, as Transformers' generate "
                    + "does with do_sample=False; above 0, tokens are drawn, the more evenly the "
                    + "higher it is. Default: ${DEFAULT-VALUE}.")
    double temperature;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "1",
            description = "Draws from the fewest tokens whose probabilities reach this. Default: "
                    + "${DEFAULT-VALUE}, which is all.")
    double topP;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            defaultValue = "512",
            description = "An answer has at most so many tokens. Default: ${DEFAULT-VALUE}.")
    int maxNewTokens;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "The seed by which tokens are drawn. Default: ${DEFAULT-VALUE}.")
    long seed;

    @Option(
            names = "--context",
            paramLabel = "N",
            defaultValue = "0",
            description = "The most tokens that a conversation and its answer may have; memory is"
                    + " set aside for so many. 0 is what the prompts need, and for a chat 8192 or"
                    + " what the model takes. Default: ${DEFAULT-VALUE}.")
    int context;

    void check() {
        if (!(temperature >= 0) || Double.isInfinite(temperature)) {
            throw CliFailure.usage("--temperature is " + temperature + "; give 0 or more");
        }
        if (!(topP > 0 && topP <= 1)) {
            throw CliFailure.usage("--top-p is " + topP + "; give more than 0 and at most 1");
        }
        if (maxNewTokens < 1) {
            throw CliFailure.usage("--max-new-tokens is " + maxNewTokens + "; give 1 or more");
        }
        if (context < 0 || context == 1) {
            throw CliFailure.usage("--context is " + context + "; give 2 or more, or 0");
        }
    }

    /** As the engine's program takes it. */
    ObjectNode request(int[] tokens, Set<Integer> endIds, double repetitionPenalty) {
        ObjectNode request = JSON.createObjectNode();
        for (int token : tokens) {
            request.withArray("tokens").add(token);
        }
        endIds.forEach(request.putArray("endIds")::add);
        return request.put("maxNewTokens", maxNewTokens)
                .put("temperature", temperature)
                .put("topP", topP)
                .put("seed", seed)
                .put("repetitionPenalty", repetitionPenalty);
    }
}
