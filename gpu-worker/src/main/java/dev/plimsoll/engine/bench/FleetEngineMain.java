package dev.plimsoll.engine.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.engine.EngineOptions;
import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.MicroBatchResult.Failed;
import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.evaluation.SequenceFile;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.samples.MicroBatchLine;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The engine in a loop over micro-batches that the product has trained, without anything around it:
 * forward, backward, and at the end of a step the optimizer. {@code ./plimsoll bench fleet} starts
 * one for each worker. It trains the warm-up, prints {@code READY}, waits until the file
 * {@code --go} exists, so that several begin together, and trains the rest. Its last line is
 * {@code {"tokens": …, "seconds": …, "tokensPerSecond": …}}. Exit code 1 when the engine fails, 2
 * for wrong arguments, 4 for input that cannot be used.
 */
public final class FleetEngineMain {

    private static final Set<String> OPTIONS = Set.of(
            "--model",
            "--sequences",
            "--micro-batches",
            "--warm-up",
            "--device",
            "--precision",
            "--threads",
            "--rank",
            "--go");
    private static final long POLL_MILLIS = 2;
    private static final ObjectMapper JSON = Json.mapper();

    private FleetEngineMain() {}

    /** One micro-batch with its sequences. */
    private record Work(List<PackedSequence> sequences, MicroBatchLine line) {}

    /** What the last line of the output says. */
    private record Rate(long tokens, double seconds, double tokensPerSecond) {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Map<String, String> options = options(arguments);
        int code = 0;
        try {
            System.out.println(JSON.writeValueAsString(bench(options)));
        } catch (ModelException | IllegalArgumentException e) {
            System.err.println(e.getMessage());
            code = 4;
        } catch (IllegalStateException e) {
            System.err.println(e.getMessage());
            code = 1;
        }
        System.exit(code);
    }

    private static Map<String, String> options(String[] arguments) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            options.put(arguments[i], arguments[i + 1]);
        }
        if (!options.keySet().equals(OPTIONS) || arguments.length != 2 * OPTIONS.size()) {
            System.err.println("each of these options is needed once, with a value: "
                    + String.join(", ", OPTIONS.stream().sorted().toList()));
            System.exit(2);
        }
        return options;
    }

    private static Rate bench(Map<String, String> options)
            throws IOException, InterruptedException {
        List<Work> work =
                read(Path.of(options.get("--sequences")), Path.of(options.get("--micro-batches")));
        int warmUp = Integer.parseInt(options.get("--warm-up"));
        int rank = Integer.parseInt(options.get("--rank"));
        if (warmUp < 0 || warmUp >= work.size()) {
            throw new IllegalArgumentException("--warm-up is " + warmUp + " of " + work.size()
                    + " micro-batches; leave at least one to measure");
        }
        LoraSettings lora =
                new LoraSettings(rank, 2.0 * rank, false, EnumSet.allOf(Projection.class));
        EngineOptions engineOptions = new EngineOptions(
                options.get("--device"),
                options.get("--precision"),
                Integer.parseInt(options.get("--threads")),
                0);
        try (TrainingEngine engine = EngineFactory.prepare(
                        Path.of(options.get("--model")), engineOptions)
                .open(lora, Optional.of(StepFold.OPTIMIZER))) {
            StepFold fold = new StepFold(engine);
            train(engine, fold, work.subList(0, warmUp));
            System.out.println("READY " + engine.device().name());
            awaitGo(Path.of(options.get("--go")));
            long begin = System.nanoTime();
            long tokens = train(engine, fold, work.subList(warmUp, work.size()));
            double seconds = (System.nanoTime() - begin) / 1e9;
            return new Rate(tokens, seconds, tokens / seconds);
        }
    }

    private static void awaitGo(Path go) throws InterruptedException {
        while (!Files.exists(go)) {
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** A step ends where the next micro-batch is of another one, and at the end. */
    private static long train(TrainingEngine engine, StepFold fold, List<Work> work) {
        long tokens = 0;
        long lossTokens = 0;
        for (int i = 0; i < work.size(); i++) {
            Trained trained = train(engine, work.get(i));
            tokens += trained.tokens();
            lossTokens += trained.lossTokens();
            if (i + 1 == work.size()
                    || work.get(i + 1).line().step() != work.get(i).line().step()) {
                fold.end(lossTokens);
                lossTokens = 0;
            }
        }
        return tokens;
    }

    private static Trained train(TrainingEngine engine, Work one) {
        return switch (engine.train(one.sequences(), one.line().plan(), LayerListener.NONE)) {
            case Trained trained -> trained;
            case Failed failed ->
                throw new IllegalStateException("the engine alone cannot train a micro-batch "
                        + "that the product trained: " + failed.reason() + ", "
                        + failed.note());
        };
    }

    private static List<Work> read(Path sequenceFile, Path microBatchFile) throws IOException {
        List<PackedSequence> sequences = SequenceFile.read(sequenceFile);
        List<Work> work = new ArrayList<>();
        for (String text : Files.readAllLines(microBatchFile)) {
            MicroBatchLine line = parse(microBatchFile, text);
            if (line.lines().stream().anyMatch(number -> number > sequences.size())) {
                throw new ModelException(microBatchFile + " names the lines " + line.lines() + ", "
                        + sequenceFile + " has " + sequences.size());
            }
            work.add(new Work(
                    line.lines().stream()
                            .map(number -> sequences.get(number - 1))
                            .toList(),
                    line));
        }
        return work;
    }

    private static MicroBatchLine parse(Path file, String text) {
        try {
            return JSON.readValue(text, MicroBatchLine.class);
        } catch (JsonProcessingException e) {
            throw new ModelException(
                    file + " is not a file of micro-batches: " + e.getOriginalMessage(), e);
        }
    }
}
