package dev.plimsoll.wire;

import dev.plimsoll.wire.codec.RecordBounds;
import dev.plimsoll.wire.protocol.Report;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The topics of one run: names under its prefix, and the settings that the design's recoveries rest
 * on.
 */
public record Topics(String prefix) {

    /** Lane 0 and 63 lanes of workers. */
    public static final int LANE_PARTITIONS = 64;

    private static final int REPORT_PARTITIONS = 4;
    private static final String TENSOR_SEGMENT_BYTES = Integer.toString(64 << 20);
    private static final String DAYS_7 = Long.toString(7L * 24 * 3_600_000);
    private static final String FOREVER = "-1";

    public Topics {
        if (!prefix.matches("[A-Za-z0-9._-]{1,100}")) {
            throw new IllegalArgumentException("topic prefix '" + prefix
                    + "' is not usable; use up to 100 letters, digits, dots, dashes or "
                    + "underscores");
        }
    }

    /** A topic as it must be. Settings not named here are the cluster's business. */
    public record Spec(String name, int partitions, Map<String, String> settings) {}

    public String samples() {
        return prefix + ".samples";
    }

    public String rejected() {
        return prefix + ".samples.rejected";
    }

    public String tokenized() {
        return prefix + ".tokenized";
    }

    public String commands() {
        return prefix + ".commands";
    }

    public String reports() {
        return prefix + ".reports";
    }

    public String telemetry() {
        return prefix + ".telemetry";
    }

    public String gradients() {
        return prefix + ".gradients";
    }

    /** Sums of steps with several contributions. */
    public String sums() {
        return prefix + ".sums";
    }

    public String adapter() {
        return prefix + ".adapter";
    }

    public String optimizer() {
        return prefix + ".optimizer";
    }

    public String journal() {
        return prefix + ".journal";
    }

    public String control() {
        return prefix + ".control";
    }

    public String steps() {
        return prefix + ".steps";
    }

    /** One readable line for each evaluation. */
    public String evaluations() {
        return prefix + ".evaluations";
    }

    /**
     * Malformed or unknown control-plane records: their beginning, with place and problem in the
     * headers.
     */
    public String parked() {
        return prefix + ".parked";
    }

    /** Those to which none but the run's own processes write. */
    public Set<String> sealed() {
        return Set.of(
                rejected(),
                tokenized(),
                commands(),
                reports(),
                telemetry(),
                gradients(),
                sums(),
                adapter(),
                optimizer(),
                journal(),
                steps(),
                evaluations());
    }

    /**
     * The consumer group whose offsets say up to where ingest has durably dealt with
     * {@code samples}. It never has members.
     */
    public String ingestGroup() {
        return prefix + "-ingest";
    }

    /**
     * Every topic of a run.
     *
     * @param samplePartitions for a samples topic that does not exist yet; with one, samples keep
     *     their order
     * @param shards partitions of the tensors' topics
     */
    public List<Spec> specs(int samplePartitions, int shards) {
        Map<String, String> forever = bounded(Map.of(
                "cleanup.policy", "delete", "retention.ms", FOREVER, "retention.bytes", FOREVER));
        Map<String, String> days =
                bounded(Map.of("cleanup.policy", "delete", "retention.ms", DAYS_7));
        // only whole segments that are not written any more are compacted or deleted
        Map<String, String> compacted =
                bounded(Map.of("cleanup.policy", "compact", "segment.bytes", TENSOR_SEGMENT_BYTES));
        Map<String, String> untilUsed = bounded(Map.of(
                "cleanup.policy",
                "delete",
                "retention.ms",
                FOREVER,
                "retention.bytes",
                FOREVER,
                "segment.bytes",
                TENSOR_SEGMENT_BYTES));
        return List.of(
                new Spec(samples(), samplePartitions, forever),
                new Spec(rejected(), 1, forever),
                new Spec(tokenized(), 1, forever),
                new Spec(commands(), LANE_PARTITIONS, days),
                new Spec(reports(), REPORT_PARTITIONS, days),
                new Spec(telemetry(), 4, days),
                new Spec(gradients(), shards, untilUsed),
                new Spec(sums(), shards, untilUsed),
                new Spec(adapter(), shards, compacted),
                new Spec(optimizer(), shards, compacted),
                new Spec(journal(), 1, forever),
                new Spec(control(), 1, days),
                new Spec(steps(), 1, forever),
                new Spec(evaluations(), 1, forever),
                new Spec(parked(), 1, forever));
    }

    /**
     * What bounds the memory that a reader needs: the broker unpacks what comes compressed, and
     * refuses a batch that is larger then. Decision 0129.
     */
    private static Map<String, String> bounded(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("compression.type", "uncompressed");
        all.put("max.message.bytes", Integer.toString(RecordBounds.VALUE_BYTES));
        return Map.copyOf(all);
    }

    /**
     * The partition on which a worker's ordered commands travel. Lanes beyond the partitions share
     * one.
     */
    public static int lanePartition(int lane) {
        return lane == 0 ? 0 : 1 + (lane - 1) % (LANE_PARTITIONS - 1);
    }

    /**
     * Where a sender's reports go, in their order. Shards have a partition of their own: they
     * report in transactions, and one that is cut off in the middle of one holds back everything
     * behind it from read_committed readers for up to the transaction's time limit. Workers' signs
     * of life must not wait for that.
     */
    public static int reportPartition(Report report) {
        return switch (report) {
            case Report.OfShard shard -> 0;
            case Report.OfWorker worker ->
                1 + Math.floorMod(worker.workerId().hashCode(), REPORT_PARTITIONS - 1);
        };
    }
}
