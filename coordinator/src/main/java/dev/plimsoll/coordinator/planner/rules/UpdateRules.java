package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.liveness.RereadSchedule;
import dev.plimsoll.coordinator.planner.state.AdmittedSample;
import dev.plimsoll.coordinator.planner.state.CommittedStep;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepPhase;
import dev.plimsoll.coordinator.planner.state.StepWork;
import dev.plimsoll.model.optimizer.GradientClip;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.JournalRecord.ClipFixed;
import dev.plimsoll.wire.journal.JournalRecord.ContributionAsked;
import dev.plimsoll.wire.protocol.AheadNumbers;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.sample.RejectionReason;

import java.util.List;
import java.util.Optional;

/**
 * Leads from accepted contributions to a committed version: the shards sum, then the numbers are
 * decided, and whoever holds the version before makes the next one. Steps are summed in order. A
 * committed step only rolls forward (protocol rule 9).
 */
public final class UpdateRules {
    private UpdateRules() {}

    /** Names the contributions, if they are complete. */
    public static void sum(Draft draft, StepWork work) {
        if (!work.isContributed()) {
            return;
        }
        long lossTokens = work.ledger().lossTokens();
        long step = work.step().step();
        draft.because("step " + step + " is summed");
        draft.record(new JournalRecord.StepSumming(step, acceptedIds(work), lossTokens));
        draft.command(applyStep(work, lossTokens));
    }

    public static void summed(
            Draft draft, StepWork work, StepPhase.Summing phase, Report.ShardSummed report) {
        boolean several = phase.contributions().size() > 1;
        boolean sound = report.published()
                .map(span -> several
                        && span.shard() == report.shard()
                        && 0 <= span.firstOffset()
                        && span.firstOffset() <= span.lastOffset())
                .orElse(!several);
        if (!sound
                || !report.contributions().equals(phase.contributions())
                || phase.squaredNorms().containsKey(report.shard())) {
            draft.because("void: shard " + report.shard() + " summed " + report.contributions());
            return;
        }
        if (!Double.isFinite(report.squaredNorm()) || report.squaredNorm() < 0) {
            abandon(
                    draft,
                    work.step(),
                    phase,
                    "the squared norm on shard " + report.shard() + " is " + report.squaredNorm());
            return;
        }
        draft.because("shard " + report.shard() + " summed step " + work.step().step());
        draft.record(new JournalRecord.ShardSumAccepted(
                report.shard(), work.step().step(), report.squaredNorm(), report.published()));
    }

    /**
     * Decides norm, clip and learning rate once every shard has summed, and commits the step. Every
     * replica then leaves the current version, so a checkpoint of it must have been saved.
     */
    public static void commit(Draft draft, StepWork work, StepPhase.Summing phase) {
        PlannerState state = draft.state();
        if (phase.squaredNorms().size() < state.run().fleet().shards()
                || state.checkpoints().isSaving()) {
            return;
        }
        OptimizerSettings optimizer = state.run().optimizer();
        // added plainly, in the order of the shards, as by who goes ahead: a stream compensates
        double squaredNorm = 0;
        for (double ofShard : phase.squaredNorms().values()) {
            squaredNorm += ofShard;
        }
        GradientClip clip =
                GradientClip.of(squaredNorm, phase.lossTokens(), optimizer.maxGradientNorm());
        OpenStep step = work.step();
        ClipFixed fixed = new ClipFixed(
                step.step(), clip.norm(), clip.gradientScale(), learningRate(state, work));
        draft.because("step " + step.step() + " has gradient norm " + clip.norm());
        SumSource source = source(work, phase);
        draft.record(fixed);
        draft.step(StepSummary.of(step, fixed, work.ledger().entries(), draft.nowMillis()));
        long version = step.baseVersion() + 1;
        draft.because("step " + step.step() + " committed as version " + version);
        draft.record(new JournalRecord.StepCommitted(
                step.step(), version, state.status().updates() + 1, Optional.of(source)));
        state.versions().ofStep(step.step()).ifPresent(is -> draft.command(command(is)));
    }

    /**
     * Who has gone ahead has used the rate of the step's place. A step after it may have been
     * dropped since, which counts as done.
     */
    private static double learningRate(PlannerState state, StepWork work) {
        return work.whole()
                .flatMap(ContributionAsked::ahead)
                .map(AheadNumbers::learningRate)
                .orElseGet(() ->
                        state.run().optimizer().learningRate().at(state.status().stepsDone()));
    }

    /** One contribution is applied as it is; of several, the shards have published the sum. */
    private static SumSource source(StepWork work, StepPhase.Summing phase) {
        List<ContributionRef> accepted = work.contributions().accepted();
        return accepted.size() == 1
                ? SumSource.of(accepted.getFirst())
                : new SumSource(
                        true,
                        work.step().step(),
                        List.copyOf(phase.published().values()),
                        phase.contributions());
    }

    /** Tells a shard that starts from an older version what has happened since. */
    static void nameSince(Draft draft, long version) {
        draft.state().versions().since(version).forEach(step -> draft.command(command(step)));
    }

    /** A shard came up. It is told again what it may have missed. */
    public static void shardReady(Draft draft, Report.ShardReady ready) {
        PlannerState state = draft.state();
        draft.because("shard " + ready.shard() + " is ready at version " + ready.version());
        nameSince(draft, ready.version());
        StateRules.shardReady(draft, ready);
        state.oldest().ifPresent(work -> {
            switch (work.step().phase()) {
                case StepPhase.Training training -> {}
                case StepPhase.Summing summing ->
                    draft.command(applyStep(work, summing.lossTokens()));
                case StepPhase.Applying applying -> {
                    if (!OldStepRules.written(draft, ready.shard(), ready.version())) {
                        OldStepRules.name(draft, work, applying);
                    }
                }
            }
        });
    }

    /**
     * Before the step is committed, an unusable contribution is struck out and its sequences are
     * trained again.
     */
    public static void unusable(Draft draft, Report.ContributionUnusable report) {
        PlannerState state = draft.state();
        String note = "unusable on shard " + report.shard() + ": " + report.note();
        boolean summing = state.oldest()
                .filter(work -> work.step().step() == report.step())
                .filter(work -> work.step().phase() instanceof StepPhase.Summing)
                .filter(work -> work.contributions().isAccepted(report.contribution()))
                .isPresent();
        if (summing) {
            draft.because("contribution " + report.contribution() + " " + note);
            ContributionRules.strike(draft, report.contribution(), note);
        } else if (RereadSchedule.awaits(state, report)) {
            draft.because("step " + report.step() + " is committed and only rolls forward, and "
                    + note + ": the shard is to read again");
        } else {
            draft.because("void: contribution " + report.contribution() + " " + note);
        }
    }

    /**
     * A shard that could not read what a committed step is made of is told to read again. Nothing
     * has changed, so there is no record.
     */
    public static void nameAgain(Draft draft, RereadSchedule rereads) {
        if (rereads.isDueUnasked()) {
            draft.state().oldest().ifPresent(work -> {
                if (work.step().phase() instanceof StepPhase.Applying applying) {
                    OldStepRules.name(draft, work, applying);
                }
            });
        }
        rereads.due(draft.state()).ifPresent(version -> {
            draft.because("versions after " + version + " are named again for shards that may not"
                    + " have read what they are made of: a committed step only rolls forward");
            nameSince(draft, version);
        });
    }

    /**
     * Every contribution is finite and their sum is not. It cannot be told which member is the
     * cause, so all are rejected.
     */
    private static void abandon(Draft draft, OpenStep step, StepPhase.Summing phase, String note) {
        phase.contributions().forEach(id -> ContributionRules.strike(draft, id, note));
        List<AdmittedSample> members = List.copyOf(step.members());
        members.forEach(member -> draft.reject(member, RejectionReason.NON_FINITE, note));
    }

    private static Command.ApplyStep applyStep(StepWork work, long lossTokens) {
        return new Command.ApplyStep(
                work.step().step(),
                work.step().baseVersion(),
                work.contributions().accepted(),
                lossTokens);
    }

    private static Command.FixClip command(CommittedStep step) {
        ClipFixed clip = step.clip();
        return new Command.FixClip(
                clip.step(),
                clip.gradientNorm(),
                clip.gradientScale(),
                clip.learningRate(),
                step.version(),
                step.update(),
                Optional.of(step.source()));
    }

    private static List<Long> acceptedIds(StepWork work) {
        return work.contributions().accepted().stream()
                .map(accepted -> accepted.contribution())
                .toList();
    }
}
