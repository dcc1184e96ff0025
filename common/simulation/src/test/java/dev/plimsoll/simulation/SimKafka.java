package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.coordinator.planner.decision.Input;
import dev.plimsoll.coordinator.planner.decision.SampleRejection;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.run.ShardLayout;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The topics as append-only lists: an offset is an index. What is in them is durable. Beside them
 * what the broker knows of each transactional id: the epoch of its newest owner.
 */
final class SimKafka {
    static final int REPORT_PARTITIONS = 4;

    final List<List<Command>> lanes = lists(Topics.LANE_PARTITIONS);
    final List<List<Report>> reports = lists(REPORT_PARTITIONS);
    final List<Input.SampleArrived> tokenized = new ArrayList<>();
    final List<Control> controls = new ArrayList<>();
    final List<JournalRecord> journal = new ArrayList<>();
    final List<SampleRejection> rejected = new ArrayList<>();
    final List<StepRecord> steps = new ArrayList<>();
    /** By shard. */
    final List<List<SimGradient>> gradients;
    /** By shard: what was deleted ends before this offset. */
    final long[] gradientsBegin;
    /** By shard: the newest version, in the compacted topics. */
    final List<ShardState> adapters = new ArrayList<>();
    /** By shard and name. */
    final List<Map<String, ShardState>> checkpoints = new ArrayList<>();

    /** The number of the planner that was started last. */
    long newestPlanner;

    final long[] shardEpochs;

    SimKafka(ShardLayout layout) {
        gradients = lists(layout.shards());
        gradientsBegin = new long[layout.shards()];
        shardEpochs = new long[layout.shards()];
        for (int shard = 0; shard < layout.shards(); shard++) {
            adapters.add(ShardState.initial(shard, new float[layout.length(shard)]));
            checkpoints.add(new HashMap<>());
        }
    }

    void report(Report report) {
        reports.get(Topics.reportPartition(report)).add(report);
    }

    void command(Command command, int lane) {
        lanes.get(Topics.lanePartition(lane)).add(command);
    }

    private static <T> List<List<T>> lists(int number) {
        List<List<T>> lists = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            lists.add(new ArrayList<>());
        }
        return lists;
    }
}
