package dev.plimsoll.coordinator.simulation;

import dev.plimsoll.coordinator.planner.LedgerEntry;
import dev.plimsoll.coordinator.planner.OpenStep;
import dev.plimsoll.coordinator.planner.PlannerState;
import dev.plimsoll.coordinator.planner.StepPhase;
import dev.plimsoll.coordinator.planner.Worker;
import dev.plimsoll.wire.Attempt;
import dev.plimsoll.wire.Report;
import java.util.List;

/** How reports look to a planner without a check: rewritten so that the check has nothing to find. */
final class SimGullible {
    private SimGullible() {}

    static Report currentGeneration(PlannerState state, Report report) {
        if (!(report instanceof Report.OfGeneration of)) {
            return report;
        }
        long generation =
                state.fleet().member(of.workerId()).map(Worker::generation).orElse(of.generation());
        return switch (of) {
            case Report.Ready r -> new Report.Ready(r.workerId(), generation, r.version());
            case Report.MicroBatchTrained r ->
                new Report.MicroBatchTrained(
                        r.workerId(), generation, r.attempt(), r.lossNats(), r.lossTokens(), r.measures());
            case Report.MicroBatchFailed r ->
                new Report.MicroBatchFailed(
                        r.workerId(), generation, r.attempt(), r.reason(), r.note(), r.wantedBytes());
            case Report.Contributed r ->
                new Report.Contributed(r.workerId(), generation, r.contribution(), r.step(), r.attempts(), r.spans());
            case Report.Heartbeat r -> new Report.Heartbeat(r.workerId(), generation, r.attempt(), r.layersDone());
            case Report.MemoryRead r -> new Report.MemoryRead(r.workerId(), generation, r.memory());
            case Report.Draining r -> new Report.Draining(r.workerId(), generation, r.note());
            case Report.Left r -> new Report.Left(r.workerId(), generation, r.note());
        };
    }

    static Report namedContributions(PlannerState state, Report report) {
        return report instanceof Report.ShardSummed r
                        && state.open().map(OpenStep::phase).orElse(null) instanceof StepPhase.Summing summing
                ? new Report.ShardSummed(r.shard(), r.step(), summing.contributions(), r.squaredNorm())
                : report;
    }

    static Report askedAttempts(PlannerState state, Report report) {
        if (!(report instanceof Report.Contributed r)) {
            return report;
        }
        List<Long> asked = state.ledger().entries().stream()
                .filter(entry -> entry.contribution() == r.contribution())
                .map(LedgerEntry::attempt)
                .map(Attempt::attempt)
                .toList();
        return new Report.Contributed(r.workerId(), r.generation(), r.contribution(), r.step(), asked, r.spans());
    }
}
