package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.liveness.RereadSchedule;
import dev.plimsoll.coordinator.planner.state.AdmittedSample;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepPhase;
import dev.plimsoll.model.optimizer.GradientClip;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.JournalRecord.ClipFixed;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.sample.RejectionReason;

import java.util.List;
import java.util.Optional;

/**
 * Leads from accepted contributions to a committed version, in two phases: the shards sum, then
 * they apply. Once the clip is fixed, the step only rolls forward (protocol rule 9).
 */
public final class UpdateRules {
    private UpdateRules() {}

    /** Names the contributions, if they are complete. */
    public static void sum(Draft draft, OpenStep step) {
        PlannerState state = draft.state();
        if (!state.isContributed()) {
            return;
        }
        long lossTokens = state.ledger().entries().stream()
                .mapToLong(LedgerEntry::lossTokens)
                .sum();
        draft.because("step " + step.step() + " is summed");
        draft.record(new JournalRecord.StepSumming(step.step(), acceptedIds(state), lossTokens));
        draft.command(applyStep(state, step, lossTokens));
    }

    public static void summed(
            Draft draft, OpenStep step, StepPhase.Summing phase, Report.ShardSummed report) {
        if (!report.contributions().equals(phase.contributions())
                || phase.squaredNorms().containsKey(report.shard())) {
            draft.because("void: shard " + report.shard() + " summed " + report.contributions());
            return;
        }
        if (!Double.isFinite(report.squaredNorm()) || report.squaredNorm() < 0) {
            abandon(
                    draft,
                    step,
                    phase,
                    "the squared norm on shard " + report.shard() + " is " + report.squaredNorm());
            return;
        }
        draft.because("shard " + report.shard() + " summed step " + step.step());
        draft.record(new JournalRecord.ShardSumAccepted(
                report.shard(), step.step(), report.squaredNorm()));
    }

    /**
     * Decides norm, clip and learning rate once every shard has summed. The shards then replace the
     * current version, so a checkpoint of it must have been saved.
     */
    public static void fixClip(Draft draft, OpenStep step, StepPhase.Summing phase) {
        PlannerState state = draft.state();
        if (phase.squaredNorms().size() < state.run().fleet().shards()
                || state.checkpoints().isSaving()) {
            return;
        }
        OptimizerSettings optimizer = state.run().optimizer();
        double squaredNorm = phase.squaredNorms().values().stream()
                .mapToDouble(Double::doubleValue)
                .sum();
        GradientClip clip =
                GradientClip.of(squaredNorm, phase.lossTokens(), optimizer.maxGradientNorm());
        ClipFixed fixed = new ClipFixed(
                step.step(),
                clip.norm(),
                clip.gradientScale(),
                optimizer.learningRate().at(state.status().stepsDone()));
        draft.because("step " + step.step() + " has gradient norm " + clip.norm());
        draft.record(fixed);
        draft.command(command(draft.state(), step, fixed));
    }

    public static void applied(
            Draft draft, OpenStep step, StepPhase.Applying phase, int shard, long version) {
        if (version != step.baseVersion() + 1 || phase.applied().contains(shard)) {
            draft.because("void: shard " + shard + " is at version " + version);
            return;
        }
        draft.because("shard " + shard + " applied step " + step.step());
        draft.record(new JournalRecord.ShardApplyAccepted(shard, step.step(), version));
    }

    /** A shard came up. It is told again what it may have missed. */
    public static void shardReady(Draft draft, OpenStep step, Report.ShardReady ready) {
        switch (step.phase()) {
            case StepPhase.Training training ->
                draft.because("shard " + ready.shard() + " is ready");
            case StepPhase.Summing summing -> {
                draft.because("shard " + ready.shard() + " is ready: step " + step.step()
                        + " is named again");
                draft.command(applyStep(draft.state(), step, summing.lossTokens()));
            }
            case StepPhase.Applying applying
            when ready.version() == step.baseVersion() + 1 ->
                applied(draft, step, applying, ready.shard(), ready.version());
            case StepPhase.Applying applying -> {
                draft.because("shard " + ready.shard() + " is ready: step " + step.step()
                        + " is named again");
                nameAgain(draft, step, applying);
            }
        }
    }

    /**
     * Before the clip is fixed, an unusable contribution is struck out and its sequences are
     * trained again.
     */
    public static void unusable(Draft draft, OpenStep step, Report.ContributionUnusable report) {
        String note = "unusable on shard " + report.shard() + ": " + report.note();
        if (step.phase() instanceof StepPhase.Summing
                && draft.state().contributions().isAccepted(report.contribution())) {
            draft.because("contribution " + report.contribution() + " " + note);
            draft.record(new JournalRecord.ContributionVoided(report.contribution(), note));
        } else if (step.phase() instanceof StepPhase.Applying applying
                && RereadSchedule.awaits(draft.state(), step, applying, report)) {
            draft.because("contribution " + report.contribution() + " " + note
                    + "; the clip is fixed and the step only rolls forward: the shard "
                    + "is to read again");
        } else {
            draft.because("void: contribution " + report.contribution() + " " + note);
        }
    }

    /**
     * After the clip is fixed, a shard that could not read is told to read again. Nothing has
     * changed, so there is no record.
     */
    public static void nameAgain(Draft draft, RereadSchedule rereads) {
        PlannerState state = draft.state();
        state.open().ifPresent(step -> {
            if (step.phase() instanceof StepPhase.Applying applying
                    && rereads.due(state, step, applying)) {
                draft.because("step " + step.step()
                        + " is named again for shards that may not have read it:"
                        + " after the clip it only rolls forward");
                nameAgain(draft, step, applying);
            }
        });
    }

    private static void nameAgain(Draft draft, OpenStep step, StepPhase.Applying applying) {
        draft.command(applyStep(draft.state(), step, applying.lossTokens()));
        draft.command(command(draft.state(), step, applying.clip()));
    }

    /** Ends the step, once every shard has applied it. */
    public static void commit(Draft draft, OpenStep step, StepPhase.Applying phase) {
        PlannerState state = draft.state();
        if (phase.applied().size() < state.run().fleet().shards()) {
            return;
        }
        long version = step.baseVersion() + 1;
        draft.step(StepSummary.of(step, phase.clip(), state.ledger().entries(), draft.nowMillis()));
        draft.because("step " + step.step() + " committed as version " + version);
        draft.record(
                new JournalRecord.StepCommitted(step.step(), version, version, Optional.empty()));
        draft.command(new Command.VersionCommitted(step.step(), version));
    }

    /**
     * Every contribution is finite and their sum is not. It cannot be told which member is the
     * cause, so all are rejected.
     */
    private static void abandon(Draft draft, OpenStep step, StepPhase.Summing phase, String note) {
        phase.contributions()
                .forEach(id -> draft.record(new JournalRecord.ContributionVoided(id, note)));
        List<AdmittedSample> members = List.copyOf(step.members());
        members.forEach(member -> draft.reject(member, RejectionReason.NON_FINITE, note));
    }

    private static Command.ApplyStep applyStep(PlannerState state, OpenStep step, long lossTokens) {
        return new Command.ApplyStep(
                step.step(), step.baseVersion(), state.contributions().accepted(), lossTokens);
    }

    private static Command.FixClip command(PlannerState state, OpenStep step, ClipFixed clip) {
        return new Command.FixClip(
                clip.step(),
                clip.gradientNorm(),
                clip.gradientScale(),
                clip.learningRate(),
                step.baseVersion() + 1,
                step.baseVersion() + 1,
                Optional.of(SumSource.of(state.contributions().accepted().getFirst())));
    }

    private static List<Long> acceptedIds(PlannerState state) {
        return state.contributions().accepted().stream()
                .map(accepted -> accepted.contribution())
                .toList();
    }
}
