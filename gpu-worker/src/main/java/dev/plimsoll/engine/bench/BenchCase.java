package dev.plimsoll.engine.bench;

import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One micro-batch shape under one memory plan. Written as 4x2048 (sequences and their length) or
 * packed:8192 (the data's sequences, up to so many tokens), then settings, each after a slash:
 * {@code 4x2048/recompute=all/tile=2048}. Their names may be left out from the first on, in this
 * order: 4x2048/RECOMPUTE/TILE/CHUNK/OFFLOAD/GROUPS/PIPELINE/KEEP. With {@code keep=1} recomputed
 * layers keep attention's output.
 *
 * @param text as it was written, which is its name in the report
 */
record BenchCase(String text, Workload workload, MemoryPlan plan) {

    private static final String PACKED = "packed:";
    private static final int DEFAULT_CHUNK = 1024;
    private static final List<String> SETTINGS =
            List.of("recompute", "tile", "chunk", "offload", "groups", "pipeline", "keep");
    private static final List<String> OF_LAYERS = List.of("recompute", "offload");

    static BenchCase parse(String text) {
        List<String> parts = Arrays.asList(text.split("/", -1));
        try {
            return new BenchCase(
                    text,
                    workload(parts.getFirst()),
                    plan(settings(parts.subList(1, parts.size()))));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("case '" + text + "': " + e.getMessage(), e);
        }
    }

    private static Workload workload(String shape) {
        if (shape.startsWith(PACKED)) {
            return new Workload.Packed(number(shape.substring(PACKED.length())));
        }
        String[] numbers = shape.split("x", -1);
        if (numbers.length != 2) {
            throw new IllegalArgumentException(
                    "'" + shape + "' is neither SEQUENCESxLENGTH nor packed:TOKENS");
        }
        return new Workload.Equal(number(numbers[0]), number(numbers[1]));
    }

    private static Map<String, Integer> settings(List<String> parts) {
        Map<String, Integer> settings = new HashMap<>();
        boolean named = false;
        for (int i = 0; i < parts.size(); i++) {
            String[] pair = parts.get(i).split("=", 2);
            named |= pair.length == 2;
            if (named && pair.length != 2 || i >= SETTINGS.size()) {
                throw new IllegalArgumentException(
                        "'" + parts.get(i) + "' is not a setting with a value");
            }
            String name = named ? pair[0] : SETTINGS.get(i);
            if (!SETTINGS.contains(name)) {
                throw new IllegalArgumentException("there is no setting '" + name
                        + "'; choose from " + String.join(", ", SETTINGS));
            }
            String value = pair[pair.length - 1];
            boolean all = value.equals("all") && OF_LAYERS.contains(name);
            if (settings.put(name, all ? MemoryPlan.ALL_LAYERS : number(value)) != null) {
                throw new IllegalArgumentException("'" + name + "' is given twice");
            }
        }
        return settings;
    }

    /** In the form without names, a chunk or groups of 0 stand for the default. */
    private static MemoryPlan plan(Map<String, Integer> settings) {
        int chunk = settings.getOrDefault("chunk", 0);
        int keep = settings.getOrDefault("keep", 0);
        if (keep > 1) {
            throw new IllegalArgumentException("'keep' is " + keep + "; it is 0 or 1");
        }
        return new MemoryPlan(
                settings.getOrDefault("recompute", 0),
                chunk == 0 ? DEFAULT_CHUNK : chunk,
                settings.getOrDefault("tile", 0),
                settings.getOrDefault("offload", 0),
                Math.max(1, settings.getOrDefault("groups", 1)),
                settings.getOrDefault("pipeline", 0),
                List.of(),
                keep == 1);
    }

    private static int number(String text) {
        if (!text.matches("[0-9]{1,9}")) {
            throw new IllegalArgumentException("'" + text + "' is not a number");
        }
        return Integer.parseInt(text);
    }
}
