package dev.plimsoll.cli.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.Programs;
import dev.plimsoll.cli.bench.StepTrace.MicroBatch;
import dev.plimsoll.cli.samples.SequenceLines;
import dev.plimsoll.model.samples.MicroBatchLine;
import dev.plimsoll.model.samples.TokenSequence;
import dev.plimsoll.processes.ManagedProcess;
import dev.plimsoll.processes.ProcessGroup;
import dev.plimsoll.processes.RunDirectory;
import dev.plimsoll.wire.codec.Json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The engine without the product around it: as many processes as there were workers, at the same
 * time, each on one worker's device and threads. Each trains all micro-batches of all workers, in
 * the order in which they were dispatched, so that none is idle before the others, and folds the
 * sum of each step into its adapter.
 */
final class EngineLoops {

    private static final Duration START_LIMIT = Duration.ofMinutes(20);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final ObjectMapper JSON = Json.mapper();

    private final FleetOptions options;
    private final FleetSize size;
    private final RunDirectory directory;

    EngineLoops(FleetOptions options, FleetSize size, RunDirectory directory) {
        this.options = options;
        this.size = size;
        this.directory = directory;
    }

    /**
     * Returns the tokens per second of each engine.
     *
     * @param warmUp what is trained before the clock runs
     */
    List<Double> run(
            List<StepTrace> warmUp, List<StepTrace> measured, Map<Long, TokenSequence> sequences)
            throws IOException, InterruptedException {
        Path sequenceFile = directory.root().resolve("sequences.jsonl");
        Path microBatchFile = directory.root().resolve("micro-batches.jsonl");
        Path go = directory.root().resolve("go");
        List<StepTrace> all = new ArrayList<>(warmUp);
        all.addAll(measured);
        try (ProcessGroup group = ProcessGroup.unsupervised(directory.logs())) {
            write(all, sequences, sequenceFile, microBatchFile);
            List<ManagedProcess> engines = new ArrayList<>();
            for (int i = 1; i <= size.workers(); i++) {
                List<String> command = Programs.fleetEngine(
                        arguments(sequenceFile, microBatchFile, microBatches(warmUp), go));
                engines.add(group.start("engine-" + i, options.onOwnGpu(i, command)));
            }
            for (ManagedProcess engine : engines) {
                if (group.awaitReady(engine.name(), START_LIMIT).isEmpty()) {
                    throw engine.alive()
                            ? CliFailure.internal(engine.name() + " was not ready within "
                                    + START_LIMIT.toMinutes() + " min; the end of its log:\n"
                                    + engine.tail())
                            : failed(engine);
                }
            }
            Files.writeString(go, "");
            List<Double> rates = new ArrayList<>();
            for (ManagedProcess engine : engines) {
                rates.add(awaitRate(engine));
            }
            return rates;
        } finally {
            Files.deleteIfExists(sequenceFile);
            Files.deleteIfExists(microBatchFile);
            Files.deleteIfExists(go);
        }
    }

    private List<String> arguments(Path sequences, Path microBatches, int warmUp, Path go) {
        return List.of(
                "--model",
                options.model().toString(),
                "--sequences",
                sequences.toString(),
                "--micro-batches",
                microBatches.toString(),
                "--warm-up",
                Integer.toString(warmUp),
                "--device",
                options.device(),
                "--precision",
                options.precision(),
                "--threads",
                Integer.toString(options.threadsOfEach(size.workers())),
                "--rank",
                Integer.toString(options.loraRank()),
                "--go",
                go.toString());
    }

    private static double awaitRate(ManagedProcess engine) throws InterruptedException {
        while (engine.alive()) {
            Thread.sleep(POLL.toMillis());
        }
        if (engine.exitCode() != 0) {
            throw failed(engine);
        }
        try {
            return JSON.readTree(engine.lastLine()).required("tokensPerSecond").asDouble();
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw CliFailure.internal(engine.name() + " did not say how fast it was; the end of "
                    + "its log:\n" + engine.tail());
        }
    }

    private static RuntimeException failed(ManagedProcess engine) {
        return CliFailure.ofChild(engine.name(), engine.exitCode(), engine.log(), engine.tail());
    }

    private static int microBatches(List<StepTrace> steps) {
        return steps.stream().mapToInt(step -> step.microBatches().size()).sum();
    }

    private static void write(
            List<StepTrace> steps,
            Map<Long, TokenSequence> sequences,
            Path sequenceFile,
            Path microBatchFile)
            throws IOException {
        Map<Long, Integer> lineOfOrdinal = new HashMap<>();
        List<TokenSequence> lines = new ArrayList<>();
        StringBuilder plans = new StringBuilder();
        for (StepTrace step : steps) {
            for (MicroBatch one : step.microBatches()) {
                for (long ordinal : one.ordinals()) {
                    if (lineOfOrdinal.putIfAbsent(ordinal, lines.size() + 1) == null) {
                        lines.add(sequences.get(ordinal));
                    }
                }
                MicroBatchLine line = new MicroBatchLine(
                        one.ordinals().stream().map(lineOfOrdinal::get).toList(),
                        one.plan(),
                        step.step());
                plans.append(JSON.writeValueAsString(line)).append('\n');
            }
        }
        SequenceLines.write(sequenceFile, lines);
        Files.writeString(microBatchFile, plans, UTF_8);
    }
}
