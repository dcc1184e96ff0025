package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepPhase;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.Report;

import java.util.ArrayList;
import java.util.List;

/**
 * How reports look to a planner without a check: rewritten so that the check has nothing to find.
 */
final class PlantedReports {
    private PlantedReports() {}

    static List<Report> believed(Plant plant, PlannerState state, Report report) {
        return switch (plant) {
            case NO_GENERATION_CHECK -> List.of(currentGeneration(state, report));
            case NO_LEDGER_EQUALITY -> List.of(askedAttempts(state, report));
            case ZOMBIES_COUNT, VOID_CONTRIBUTION_COUNTS ->
                List.of(namedContributions(state, report));
            case ANOTHER_CONTRIBUTION_COUNTS -> List.of(anotherContribution(state, report));
            case HALF_APPLIED_COUNTS, HALF_SAVED_COUNTS, HALF_RESTORED_COUNTS ->
                everyShard(plant, state, report);
            default -> List.of(report);
        };
    }

    private static Report currentGeneration(PlannerState state, Report report) {
        if (!(report instanceof Report.OfGeneration of)) {
            return report;
        }
        long generation =
                state.fleet().worker(of.workerId()).map(Worker::generation).orElse(of.generation());
        return switch (of) {
            case Report.Ready r -> new Report.Ready(r.workerId(), generation, r.version());
            case Report.MicroBatchTrained r ->
                new Report.MicroBatchTrained(
                        r.workerId(),
                        generation,
                        r.attempt(),
                        r.lossNats(),
                        r.lossTokens(),
                        r.measures());
            case Report.MicroBatchFailed r ->
                new Report.MicroBatchFailed(
                        r.workerId(),
                        generation,
                        r.attempt(),
                        r.reason(),
                        r.note(),
                        r.wantedBytes());
            case Report.Contributed r ->
                new Report.Contributed(
                        r.workerId(),
                        generation,
                        r.contribution(),
                        r.step(),
                        r.attempts(),
                        r.spans());
            case Report.Heartbeat r ->
                new Report.Heartbeat(r.workerId(), generation, r.attempt(), r.layersDone());
            case Report.MemoryRead r -> new Report.MemoryRead(r.workerId(), generation, r.memory());
            case Report.Draining r -> new Report.Draining(r.workerId(), generation, r.note());
            case Report.Left r -> new Report.Left(r.workerId(), generation, r.note());
        };
    }

    private static Report namedContributions(PlannerState state, Report report) {
        return report instanceof Report.ShardSummed r
                        && state.open().map(OpenStep::phase).orElse(null)
                                instanceof StepPhase.Summing summing
                ? new Report.ShardSummed(
                        r.shard(), r.step(), summing.contributions(), r.squaredNorm())
                : report;
    }

    private static Report askedAttempts(PlannerState state, Report report) {
        return report instanceof Report.Contributed r
                ? new Report.Contributed(
                        r.workerId(),
                        r.generation(),
                        r.contribution(),
                        r.step(),
                        attempts(state, r.contribution()),
                        r.spans())
                : report;
    }

    private static Report anotherContribution(PlannerState state, Report report) {
        if (!(report instanceof Report.Contributed r)) {
            return report;
        }
        List<LedgerEntry> asked = state.ledger().entries().stream()
                .filter(entry -> entry.status() == LedgerEntry.Status.ASKED)
                .toList();
        if (asked.stream().anyMatch(entry -> entry.contribution() == r.contribution())) {
            return report;
        }
        return asked.stream()
                .findFirst()
                .<Report>map(entry -> new Report.Contributed(
                        entry.workerId(),
                        entry.generation(),
                        entry.contribution(),
                        entry.attempt().step(),
                        attempts(state, entry.contribution()),
                        r.spans()))
                .orElse(report);
    }

    private static List<Report> everyShard(Plant plant, PlannerState state, Report report) {
        List<Report> all = new ArrayList<>();
        for (int shard = 0; shard < state.run().fleet().shards(); shard++) {
            switch (report) {
                case Report.ShardApplied of
                when plant == Plant.HALF_APPLIED_COUNTS ->
                    all.add(new Report.ShardApplied(shard, of.step(), of.version()));
                case Report.CheckpointSaved of
                when plant == Plant.HALF_SAVED_COUNTS ->
                    all.add(new Report.CheckpointSaved(shard, of.name(), of.version()));
                case Report.CheckpointRestored of
                when plant == Plant.HALF_RESTORED_COUNTS ->
                    all.add(new Report.CheckpointRestored(shard, of.name(), of.version()));
                default -> {
                    return List.of(report);
                }
            }
        }
        return all;
    }

    private static List<Long> attempts(PlannerState state, long contribution) {
        return state.ledger().entries().stream()
                .filter(entry -> entry.contribution() == contribution)
                .map(LedgerEntry::attempt)
                .map(Attempt::attempt)
                .toList();
    }
}
