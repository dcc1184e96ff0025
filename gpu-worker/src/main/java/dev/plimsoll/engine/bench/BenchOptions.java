package dev.plimsoll.engine.bench;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.wire.run.Projection;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * @param model its directory; made with random weights of the shape when there is none
 * @param warmUpSeconds that unmeasured ones take at least, however many that is
 * @param json where the report goes besides the table, or null
 * @param data sequences for packed cases, or null
 */
record BenchOptions(
        Path model,
        String shape,
        EngineOptions engine,
        int loraRank,
        Set<Projection> targets,
        int repeats,
        int warmUp,
        int warmUpSeconds,
        Path json,
        Path data,
        List<BenchCase> cases) {

    private static final String SHAPES =
            String.join(", ", RandomModel.namedShapes().keySet());

    private static final String ENDING = "_proj";

    static final String USAGE = """
            usage: [OPTION VALUE]… CASE…
              --shape NAME      of a model with random weights, one of
                                %s; default tiny
              --model DIR       made from the shape if it does not exist;
                                default .plimsoll/bench/SHAPE
              --device NAME     auto, cpu or cuda; default auto
              --devices LIST    cards that share the model, such as 0,1; default: one card
              --precision NAME  as the worker takes it; default auto
              --threads N       on CPU; default: all cores
              --rank N          of the adapter; default 16
              --targets LIST    its projections, such as q,k,v; default all seven: q,k,v,o,gate,
                                up,down
              --repeats N       measured ones; default 5
              --warm-up N       unmeasured ones before them; default 6, or as many as take 3 s
              --json FILE       writes the report there too, anew after each case
              --data FILE       lines of {"tokens": […], "trainOn": […]} for packed cases
            A CASE is SEQUENCESxLENGTH or packed:TOKENS, then any of /recompute=N|all /tile=N
            /chunk=N /offload=N|all /groups=N /pipeline=TOKENS /keep=1 (recomputed layers keep
            attention's output), for example 4x2048/recompute=all/tile=2048; names may be left
            out in that order: 4x2048/0/0/1024.""".formatted(SHAPES);

    private static final Set<String> NAMES = Set.of(
            "--shape",
            "--model",
            "--device",
            "--devices",
            "--precision",
            "--threads",
            "--rank",
            "--targets",
            "--repeats",
            "--warm-up",
            "--json",
            "--data");

    BenchOptions {
        if (loraRank < 1 || repeats < 1 || warmUp < 0) {
            throw new IllegalArgumentException("--rank is " + loraRank + ", --repeats is " + repeats
                    + " and --warm-up is " + warmUp + "; they must be at least 1, 1 and 0");
        }
        if (cases.isEmpty()) {
            throw new IllegalArgumentException("give at least one case");
        }
        if (data == null && cases.stream().anyMatch(c -> c.workload() instanceof Workload.Packed)) {
            throw new IllegalArgumentException("packed cases need --data");
        }
        targets = Set.copyOf(targets);
        cases = List.copyOf(cases);
    }

    /** Wrong arguments are an {@link IllegalArgumentException} for a person to read. */
    static BenchOptions parse(String... arguments) {
        Map<String, String> named = new HashMap<>();
        List<BenchCase> cases = new ArrayList<>();
        for (int i = 0; i < arguments.length; i++) {
            if (!arguments[i].startsWith("-")) {
                cases.add(BenchCase.parse(arguments[i]));
            } else if (!NAMES.contains(arguments[i]) || i + 1 == arguments.length) {
                throw new IllegalArgumentException(
                        "'" + arguments[i] + "' is not an option with a value");
            } else {
                named.put(arguments[i], arguments[++i]);
            }
        }
        String shape = named.getOrDefault("--shape", "tiny");
        EngineOptions engine = new EngineOptions(
                        named.getOrDefault("--device", "auto"),
                        named.getOrDefault("--precision", "auto"),
                        number(named, "--threads", 0),
                        0)
                .on(EngineOptions.cards(named.getOrDefault("--devices", "")));
        return new BenchOptions(
                named.containsKey("--model")
                        ? path(named, "--model")
                        : Path.of(".plimsoll", "bench", shape),
                shape,
                engine,
                number(named, "--rank", 16),
                targets(named.get("--targets")),
                number(named, "--repeats", 5),
                number(named, "--warm-up", 6),
                named.containsKey("--warm-up") ? 0 : 3,
                path(named, "--json"),
                path(named, "--data"),
                cases);
    }

    /** @param list names with or without their ending, or null for all */
    private static Set<Projection> targets(String list) {
        if (list == null) {
            return EnumSet.allOf(Projection.class);
        }
        Set<Projection> targets = EnumSet.noneOf(Projection.class);
        for (String name : list.split(",", -1)) {
            targets.add(Projection.of(name.endsWith(ENDING) ? name : name + ENDING));
        }
        return targets;
    }

    private static Path path(Map<String, String> named, String name) {
        return named.containsKey(name) ? Path.of(named.get(name)) : null;
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
