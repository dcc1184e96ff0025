package dev.plimsoll.simulation;

import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepPhase;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.StatePlace;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How reports look to a planner without a check: rewritten so that the check has nothing to find.
 */
final class PlantedReports {
    private PlantedReports() {}

    static List<Report> believed(SimWorld world, PlannerState state, Report report) {
        return switch (world.plant) {
            case NO_GENERATION_CHECK -> List.of(currentGeneration(state, report));
            case NO_LEDGER_EQUALITY -> List.of(askedAttempts(state, report));
            case ZOMBIES_COUNT, VOID_CONTRIBUTION_COUNTS ->
                List.of(namedContributions(state, report));
            case ANOTHER_CONTRIBUTION_COUNTS -> List.of(anotherContribution(state, report));
            case HALF_SUMMED_COUNTS, HALF_WRITTEN_COUNTS, HALF_SAVED_COUNTS, HALF_RESTORED_COUNTS ->
                everyShard(world.plant, state, report);
            case DIGESTS_NOT_COMPARED -> rightDigest(world, report);
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
            case Report.MicroBatchEvaluated r ->
                new Report.MicroBatchEvaluated(
                        r.workerId(),
                        generation,
                        r.attempt(),
                        r.version(),
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
            case Report.VersionHeld r ->
                new Report.VersionHeld(r.workerId(), generation, r.version(), r.digest());
            case Report.MemoryRead r -> new Report.MemoryRead(r.workerId(), generation, r.memory());
            case Report.Draining r -> new Report.Draining(r.workerId(), generation, r.note());
            case Report.Left r -> new Report.Left(r.workerId(), generation, r.note());
        };
    }

    /** What a version will be that is made ahead is not known yet. */
    private static List<Report> rightDigest(SimWorld world, Report report) {
        if (!(report instanceof Report.VersionHeld held)) {
            return List.of(report);
        }
        return held.version() > world.truth.newest()
                ? List.of()
                : List.of(new Report.VersionHeld(
                        held.workerId(),
                        held.generation(),
                        held.version(),
                        world.truth.digest(held.version())));
    }

    private static Report namedContributions(PlannerState state, Report report) {
        return report instanceof Report.ShardSummed r
                        && state.oldest().map(work -> work.step().phase()).orElse(null)
                                instanceof StepPhase.Summing summing
                ? new Report.ShardSummed(
                        r.shard(),
                        r.step(),
                        summing.contributions(),
                        r.squaredNorm(),
                        summing.contributions().size() == 1 ? Optional.empty() : r.published())
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
        List<LedgerEntry> asked = entries(state).stream()
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
                case Report.ShardSummed of
                when plant == Plant.HALF_SUMMED_COUNTS ->
                    all.add(new Report.ShardSummed(
                            shard,
                            of.step(),
                            of.contributions(),
                            of.squaredNorm(),
                            spanOf(shard, of.published())));
                case Report.StateSaved of
                when plant == Plant.HALF_WRITTEN_COUNTS ->
                    all.add(new Report.StateSaved(shard, of.version(), placeOf(shard, of.place())));
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

    /** A place of another shard would be refused for that alone. */
    private static StatePlace placeOf(int shard, StatePlace place) {
        return new StatePlace(shard, place.adapterOffset(), place.optimizerOffset());
    }

    private static Optional<ChunkSpan> spanOf(int shard, Optional<ChunkSpan> span) {
        return span.map(
                of -> new ChunkSpan(shard, of.firstOffset(), of.lastOffset(), of.publication()));
    }

    private static List<Long> attempts(PlannerState state, long contribution) {
        return entries(state).stream()
                .filter(entry -> entry.contribution() == contribution)
                .map(LedgerEntry::attempt)
                .map(Attempt::attempt)
                .toList();
    }

    private static List<LedgerEntry> entries(PlannerState state) {
        return state.steps().stream()
                .flatMap(work -> work.ledger().entries().stream())
                .toList();
    }
}
