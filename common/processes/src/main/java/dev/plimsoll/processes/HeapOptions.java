package dev.plimsoll.processes;

import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.settings.RunCatalogue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Decides how large the heaps of coordinator and worker may grow, and how they compile. A heap is a
 * base and a number of bytes for each parameter of the adapter. An adapter of rank 16 for an 8B
 * Llama has 42 million parameters.
 */
public final class HeapOptions {

    private static final long MIB = 1 << 20;
    private static final long COORDINATOR_BASE = 512 * MIB;
    /**
     * Room for the producer's buffer (32 MiB), sequences read ahead (16 MiB), fetched records and a
     * young generation.
     */
    private static final long WORKER_BASE = 160 * MIB;
    /**
     * Bytes per parameter: parameters and moments of a version and of the next one (24), sum and
     * gradient (8), the records of the next version (24), and room for the collector.
     */
    private static final long COORDINATOR_BYTES = 80;
    /**
     * Bytes per parameter: four versions as they are read and one joined, a contribution and its
     * records, and room for the collector.
     */
    private static final long WORKER_BYTES = 48;

    private static final String WORKER_YOUNG = "-Xmn48m";

    private static final long SMALL_ADAPTER = 4_000_000;
    /**
     * The largest rank that a worker's heap has room for. The worker learns the rank from Kafka,
     * after its heap was fixed.
     */
    private static final int LARGE_RANK = 64;

    private HeapOptions() {}

    public static String ofCoordinator(Map<String, String> properties) {
        return option(COORDINATOR_BASE + COORDINATOR_BYTES * parametersOfRun(properties));
    }

    /**
     * The options for a worker's heap. A small heap is allocated as a whole at the start.
     * Otherwise, since the serial collector leaves garbage in the old generation until that is
     * full, the process would seem to leak for hours.
     */
    public static List<String> ofWorker(Map<String, String> properties) {
        long parameters = parameters(properties, LARGE_RANK, EnumSet.allOf(Projection.class));
        long bytes = WORKER_BASE + WORKER_BYTES * parameters;
        return parameters < SMALL_ADAPTER
                ? List.of(
                        "-Xms" + mebibytes(bytes),
                        option(bytes),
                        WORKER_YOUNG,
                        "-XX:+AlwaysPreTouch")
                : List.of(option(bytes));
    }

    public static List<String> compilerOfCoordinator(Map<String, String> properties) {
        return compiler(parametersOfRun(properties));
    }

    public static List<String> compilerOfWorker(Map<String, String> properties) {
        return compiler(parameters(properties, LARGE_RANK, EnumSet.allOf(Projection.class)));
    }

    /**
     * A small run starts sooner without the optimizing compiler. The arithmetic of a large adapter
     * needs it.
     */
    private static List<String> compiler(long parameters) {
        return parameters < SMALL_ADAPTER ? List.of("-XX:TieredStopAtLevel=1") : List.of();
    }

    private static String option(long bytes) {
        return "-Xmx" + mebibytes(bytes);
    }

    private static String mebibytes(long bytes) {
        return Math.ceilDiv(bytes, MIB) + "m";
    }

    /**
     * The number of the adapter's parameters, or 0 if the model or a setting cannot be used. The
     * process that is started then says why.
     */
    private static long parameters(
            Map<String, String> properties, int rank, Set<Projection> targets) {
        try {
            LlamaConfig config = LlamaConfig.read(Path.of(properties.get("model")));
            return new AdapterLayout(config, new LoraSettings(rank, rank, false, targets))
                    .totalParameters();
        } catch (ModelException | IllegalArgumentException | ArithmeticException e) {
            return 0;
        }
    }

    /** A run that starts from an adapter has its rank and targets. */
    private static long parametersOfRun(Map<String, String> properties) {
        String start = properties.get(RunCatalogue.START_FROM.name());
        if (start != null) {
            try {
                LlamaConfig config = LlamaConfig.read(Path.of(properties.get("model")));
                LoraSettings lora = PeftAdapter.settings(Path.of(start), config);
                return new AdapterLayout(config, lora).totalParameters();
            } catch (ModelException | ArithmeticException e) {
                return 0;
            }
        }
        return parameters(properties, rank(properties.get("lora-rank")), targets(properties));
    }

    private static int rank(String given) {
        return given == null
                ? RunCatalogue.LORA_RANK.defaultValue().orElseThrow()
                : Integer.parseInt(given);
    }

    private static Set<Projection> targets(Map<String, String> properties) {
        String given = properties.get("targets");
        if (given == null) {
            return EnumSet.allOf(Projection.class);
        }
        try {
            return Arrays.stream(given.split(",")).map(Projection::of).collect(Collectors.toSet());
        } catch (IllegalArgumentException e) {
            return EnumSet.allOf(Projection.class);
        }
    }
}
