package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.VersionDigests;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Report;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Compares what replicas hold. All make a version by the same arithmetic, so their digests are
 * equal; the shards' word counts. A worker that differs trains on something else: its generation
 * ends, and it reads the state again.
 */
public final class DigestRules {
    private DigestRules() {}

    public static void applied(Draft draft, Report.ShardApplied report) {
        PlannerState state = draft.state();
        VersionDigests said = state.versions().digests(report.version());
        if (report.version() > state.status().version()
                || said.shards().containsKey(report.shard())) {
            draft.because("void: " + report);
            return;
        }
        draft.because("shard " + report.shard() + " is at version " + report.version());
        draft.record(new JournalRecord.ShardDigestAccepted(
                report.shard(), report.version(), report.digest()));
        compare(draft, report.version());
    }

    public static void held(Draft draft, Worker worker, Report.VersionHeld report) {
        PlannerState state = draft.state();
        VersionDigests said = state.versions().digests(report.version());
        if (report.version() > state.status().version()
                || said.workers().containsKey(report.generation())) {
            draft.because("void: " + report);
            return;
        }
        draft.because(worker.label() + " is at version " + report.version());
        draft.record(new JournalRecord.WorkerDigestAccepted(
                report.workerId(), report.generation(), report.version(), report.digest()));
        compare(draft, report.version());
    }

    private static void compare(Draft draft, long version) {
        PlannerState state = draft.state();
        VersionDigests said = state.versions().digests(version);
        OptionalLong shards = said.ofShards(state.run().fleet().shards());
        if (shards.isEmpty()) {
            return;
        }
        List.copyOf(state.fleet().workers())
                .forEach(worker -> Optional.ofNullable(said.workers().get(worker.generation()))
                        .filter(digest -> digest != shards.getAsLong())
                        .ifPresent(digest -> MembershipRules.lose(
                                draft,
                                worker,
                                "its version " + version + " has digest " + digest
                                        + ", the shards' has " + shards.getAsLong()
                                        + "; it reads the state again")));
    }
}
