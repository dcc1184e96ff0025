package dev.plimsoll.engine.bench;

import dev.plimsoll.engine.EngineOptions;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * @param model its directory; made with random weights of the shape when there is none
 * @param loraRank of the adapter on all seven projections; 0 for none
 * @param json where the figures go besides the table
 */
record GenerateBenchOptions(
        Path model,
        String shape,
        EngineOptions engine,
        int loraRank,
        int promptTokens,
        int newTokens,
        int repeats,
        Optional<Path> json) {

    static final String USAGE = "usage: [--shape NAME] [--model DIR] [--device auto|cpu|cuda]"
            + " [--precision NAME] [--threads N] [--rank N] [--prompt-tokens N] [--new-tokens N]"
            + " [--repeats N] [--json FILE]";

    private static final Set<String> NAMES = Set.of(
            "--shape",
            "--model",
            "--device",
            "--precision",
            "--threads",
            "--rank",
            "--prompt-tokens",
            "--new-tokens",
            "--repeats",
            "--json");

    GenerateBenchOptions {
        if (loraRank < 0 || promptTokens < 1 || newTokens < 2 || repeats < 1) {
            throw new IllegalArgumentException("--rank is " + loraRank + ", --prompt-tokens is "
                    + promptTokens + ", --new-tokens is " + newTokens + " and --repeats is "
                    + repeats + "; they must be at least 0, 1, 2 and 1");
        }
    }

    /** Wrong arguments are an {@link IllegalArgumentException} for a person to read. */
    static GenerateBenchOptions parse(String... arguments) {
        Map<String, String> named = new HashMap<>();
        for (int i = 0; i < arguments.length; i += 2) {
            if (!NAMES.contains(arguments[i]) || i + 1 == arguments.length) {
                throw new IllegalArgumentException(
                        "'" + arguments[i] + "' is not an option with a value");
            }
            named.put(arguments[i], arguments[i + 1]);
        }
        String shape = named.getOrDefault("--shape", "tiny");
        return new GenerateBenchOptions(
                Optional.ofNullable(named.get("--model"))
                        .map(Path::of)
                        .orElse(Path.of(".plimsoll", "bench", shape)),
                shape,
                new EngineOptions(
                        named.getOrDefault("--device", EngineOptions.AUTO),
                        named.getOrDefault("--precision", EngineOptions.AUTO),
                        number(named, "--threads", 0),
                        0),
                number(named, "--rank", 0),
                number(named, "--prompt-tokens", 512),
                number(named, "--new-tokens", 128),
                number(named, "--repeats", 3),
                Optional.ofNullable(named.get("--json")).map(Path::of));
    }

    private static int number(Map<String, String> named, String name, int otherwise) {
        try {
            return named.containsKey(name) ? Integer.parseInt(named.get(name)) : otherwise;
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    name + " is '" + named.get(name) + "'; give a number", e);
        }
    }
}
