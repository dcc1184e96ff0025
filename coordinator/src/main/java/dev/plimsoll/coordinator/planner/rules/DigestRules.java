package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepPhase;
import dev.plimsoll.coordinator.planner.state.StepWork;
import dev.plimsoll.coordinator.planner.state.VersionDigests;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.Report;

import java.util.List;
import java.util.OptionalLong;

/**
 * Compares what replicas hold. All make a version by the same arithmetic, so their digests are
 * equal; the shards' word counts. A worker that differs trains on something else: its generation
 * ends, it reads the state again, and what it contributed on top of that version is void.
 *
 * <p>No such contribution is committed. A worker says what it holds before it contributes on top of
 * it, and a shard says what it has made before it sums on top of it. So both are compared, at the
 * latest, when the last shard has summed.
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
        boolean known = report.version() <= state.status().version()
                || isAhead(state, report.generation(), report.version());
        if (!known || said.workers().containsKey(report.generation())) {
            draft.because("void: " + report);
            return;
        }
        draft.because(worker.label() + " is at version " + report.version());
        draft.record(new JournalRecord.WorkerDigestAccepted(
                report.workerId(), report.generation(), report.version(), report.digest()));
        compare(draft, report.version());
    }

    /** Whether the generation was asked to make the version ahead of its commit. */
    private static boolean isAhead(PlannerState state, long generation, long version) {
        return state.steps().stream()
                .filter(work -> work.step().baseVersion() + 1 == version)
                .flatMap(work -> work.whole().stream())
                .anyMatch(asked -> asked.generation() == generation);
    }

    /** Of all that have said it, also of generations that have ended since. */
    private static void compare(Draft draft, long version) {
        PlannerState state = draft.state();
        VersionDigests said = state.versions().digests(version);
        OptionalLong shards = said.ofShards(state.run().fleet().shards());
        if (shards.isEmpty()) {
            return;
        }
        said.workers().forEach((generation, digest) -> {
            if (digest != shards.getAsLong()) {
                String note = "its version " + version + " has digest " + digest
                        + ", the shards' has " + shards.getAsLong();
                end(draft, generation, note + "; it reads the state again");
                strike(draft, generation, version, note);
            }
        });
    }

    private static void end(Draft draft, long generation, String note) {
        List.copyOf(draft.state().fleet().workers()).stream()
                .filter(worker -> worker.generation() == generation)
                .forEach(worker -> MembershipRules.lose(draft, worker, note));
    }

    /** What was accepted of the generation on top of the version, unless it only rolls forward. */
    private static void strike(Draft draft, long generation, long version, String note) {
        for (StepWork work : List.copyOf(draft.state().steps())) {
            if (work.step().baseVersion() < version
                    || work.step().phase() instanceof StepPhase.Applying) {
                continue;
            }
            for (ContributionRef accepted : work.contributions().accepted()) {
                if (accepted.generation() == generation) {
                    draft.because("contribution " + accepted.contribution() + " void: " + note);
                    ContributionRules.strike(
                            draft,
                            accepted.contribution(),
                            "trained by a worker that differs: " + note);
                }
            }
        }
    }
}
