package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.parameters.ShardState;
import dev.plimsoll.coordinator.planner.decision.SampleRejection;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.journal.EvaluationRecord;
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
 * what the broker knows of each transactional id: the number of its newest owner.
 */
final class SimKafka {
    static final int REPORT_PARTITIONS = 4;

    final List<SimTopic<Command>> lanes = new ArrayList<>();
    final List<SimTopic<Report>> reports = new ArrayList<>();
    final SimTopic<Control> controls;
    /** What planners have written; see {@link #journal(List)}. */
    final List<JournalRecord> journal = new ArrayList<>();

    final SimJournal journalLog = new SimJournal();
    final List<SampleRejection> rejected = new ArrayList<>();
    final List<StepRecord> steps = new ArrayList<>();
    final List<EvaluationRecord> evaluations = new ArrayList<>();
    /** By shard. */
    final List<List<SimGradient>> gradients;
    /** By shard: what was deleted ends before this offset. */
    final long[] gradientsBegin;
    /** By shard. */
    final List<List<SimGradient>> sums;
    /** By shard: what was deleted ends before this offset. */
    final long[] sumsBegin;
    /** By shard. */
    final List<SimStates> states = new ArrayList<>();
    /** By shard and name. */
    final List<Map<String, ShardState>> checkpoints = new ArrayList<>();

    /** The number of the planner that was started last. */
    long newestPlanner;

    /** By shard: the number of the owner that was started last. */
    final long[] shardOwners;

    private final SimGate gate;

    SimKafka(ShardLayout layout, SimGate gate) {
        this.gate = gate;
        for (int lane = 0; lane < Topics.LANE_PARTITIONS; lane++) {
            lanes.add(new SimTopic<>(SimGate.NAMES.commands(), lane, Wire.COMMANDS, gate));
        }
        for (int partition = 0; partition < REPORT_PARTITIONS; partition++) {
            reports.add(new SimTopic<>(SimGate.NAMES.reports(), partition, Wire.REPORTS, gate));
        }
        controls = new SimTopic<>(SimGate.NAMES.control(), 0, Wire.CONTROL, gate);
        gradients = lists(layout.shards());
        gradientsBegin = new long[layout.shards()];
        sums = lists(layout.shards());
        sumsBegin = new long[layout.shards()];
        shardOwners = new long[layout.shards()];
        for (int shard = 0; shard < layout.shards(); shard++) {
            states.add(new SimStates(layout, shard));
            checkpoints.add(new HashMap<>());
        }
    }

    void report(Report report) {
        reports.get(Topics.reportPartition(report)).add(report);
    }

    void command(Command command, int lane) {
        lanes.get(Topics.lanePartition(lane)).add(command);
    }

    /** One transaction's records. */
    void journal(List<JournalRecord> records) {
        journal.addAll(records);
        if (gate.hasStrangers()) {
            journalLog.write(records);
        }
    }

    /** What a planner that starts takes for facts. */
    List<JournalRecord> facts() {
        return gate.hasStrangers() ? gate.facts(journalLog.log()) : journal;
    }

    private static <T> List<List<T>> lists(int number) {
        List<List<T>> lists = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            lists.add(new ArrayList<>());
        }
        return lists;
    }
}
