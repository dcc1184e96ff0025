package dev.plimsoll.processes;

import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How large the heaps of coordinator and worker may grow, and how they compile: a base, and so many
 * bytes for each of the adapter's parameters. An 8B Llama's adapter of rank 16 has 42 million.
 */
public final class HeapOptions {

    private static final long MIB = 1 << 20;
    private static final long COORDINATOR_BASE = 512 * MIB;
    /**
     * The producer's buffer (32), sequences read ahead (16), fetched batches, a young generation.
     */
    private static final long WORKER_BASE = 160 * MIB;
    /**
     * Parameters and moments of a version and the next (24), sum and gradient (8), the next
     * version's records (24), room to collect.
     */
    private static final long COORDINATOR_BYTES = 80;
    /** Four versions as read and one joined, a contribution and its records, room to collect. */
    private static final long WORKER_BYTES = 48;

    private static final String WORKER_YOUNG = "-Xmn48m";

    private static final long SMALL_ADAPTER = 4_000_000;
    /** What the coordinator takes when it is not told. */
    private static final int USUAL_RANK = 8;
    /** A worker learns the rank from Kafka when its heap is fixed already. */
    private static final int LARGE_RANK = 64;

    private HeapOptions() {}

    public static String ofCoordinator(Map<String, String> properties) {
        int rank = rank(properties.get("lora-rank"));
        return option(COORDINATOR_BASE
                + COORDINATOR_BYTES * parameters(properties, rank, targets(properties)));
    }

    /**
     * A small heap is there from the start: the serial collector leaves garbage in the old
     * generation until that is full, so a process would seem to leak for hours.
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
        return compiler(
                parameters(properties, rank(properties.get("lora-rank")), targets(properties)));
    }

    public static List<String> compilerOfWorker(Map<String, String> properties) {
        return compiler(parameters(properties, LARGE_RANK, EnumSet.allOf(Projection.class)));
    }

    /**
     * Without the optimizing compiler a small run starts sooner; a large adapter's arithmetic needs
     * it.
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
     * 0 where model or settings cannot be used: the process that is started says so, in its own
     * words.
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

    private static int rank(String given) {
        return given == null ? USUAL_RANK : Integer.parseInt(given);
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
