package dev.plimsoll.coordinator.simulation;

import dev.plimsoll.coordinator.planner.Input;
import dev.plimsoll.coordinator.planner.SampleRejection;
import dev.plimsoll.wire.Command;
import dev.plimsoll.wire.Control;
import dev.plimsoll.wire.JournalRecord;
import dev.plimsoll.wire.Report;
import dev.plimsoll.wire.StepRecord;
import java.util.ArrayList;
import java.util.List;

/** The topics as append-only lists: an offset is an index. What is in them is durable. */
final class SimKafka {
    static final int REPORT_PARTITIONS = 3;
    private static final int LANES = 64;

    final List<List<Command>> lanes = lists(LANES);
    final List<List<Report>> reports = lists(REPORT_PARTITIONS);
    final List<Input.SampleArrived> tokenized = new ArrayList<>();
    final List<Control> controls = new ArrayList<>();
    final List<JournalRecord> journal = new ArrayList<>();
    final List<SampleRejection> rejected = new ArrayList<>();
    final List<StepRecord> steps = new ArrayList<>();
    /** By shard: manifests and chunks. */
    final List<List<Object>> gradients;

    SimKafka(int shards) {
        gradients = lists(shards);
    }

    void report(Report report) {
        reports.get(Math.floorMod(report.sender().hashCode(), REPORT_PARTITIONS))
                .add(report);
    }

    void command(Command command, int laneOfWorker) {
        switch (command) {
            case Command.Broadcast broadcast -> lanes.get(0).add(broadcast);
            case Command.Laned laned -> lanes.get(laneOfWorker).add(laned);
        }
    }

    private static <T> List<List<T>> lists(int number) {
        List<List<T>> lists = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            lists.add(new ArrayList<>());
        }
        return lists;
    }
}
