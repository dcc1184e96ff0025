package dev.plimsoll.engine.generation;

import dev.plimsoll.engine.EngineOptions;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** @param positions the most tokens that a prompt and what follows may have */
record GenerateOptions(Path model, Optional<Path> adapter, int positions, EngineOptions engine) {

    static final String USAGE = "usage: --model DIR --positions N [--adapter DIR] [--device"
            + " auto|cpu|cuda] [--precision auto|fp32|fp64|bf16|fp8|nf4] [--threads N]";

    private static final Set<String> OPTIONS =
            Set.of("--model", "--adapter", "--positions", "--device", "--precision", "--threads");

    static final class UsageException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            super(message);
        }
    }

    static GenerateOptions of(String[] arguments) {
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i < arguments.length; i += 2) {
            if (!OPTIONS.contains(arguments[i]) || i + 1 == arguments.length) {
                throw new UsageException("'" + arguments[i] + "' is not an option with a value");
            }
            given.put(arguments[i], arguments[i + 1]);
        }
        if (!given.containsKey("--model") || !given.containsKey("--positions")) {
            throw new UsageException("--model and --positions are needed");
        }
        try {
            return new GenerateOptions(
                    Path.of(given.get("--model")),
                    Optional.ofNullable(given.get("--adapter")).map(Path::of),
                    Integer.parseInt(given.get("--positions")),
                    new EngineOptions(
                            given.getOrDefault("--device", EngineOptions.AUTO),
                            given.getOrDefault("--precision", EngineOptions.AUTO),
                            Integer.parseInt(given.getOrDefault("--threads", "0")),
                            0));
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage());
        }
    }

    GenerateOptions {
        if (positions < 2) {
            throw new IllegalArgumentException(
                    "positions is " + positions + "; a prompt and what follows need 2 at least");
        }
    }
}
