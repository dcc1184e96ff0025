package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepPhase;
import dev.plimsoll.coordinator.planner.state.StepWork;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.JournalRecord.ClipFixed;
import dev.plimsoll.wire.protocol.Command;

import java.util.Optional;

/**
 * Ends the step whose clip was fixed by a coordinator from before the log was folded: that one
 * committed only when every shard had written the version. Some may have, others not.
 */
public final class OldStepRules {
    private OldStepRules() {}

    /** Tells the shards to make the version and to write it. */
    static void name(Draft draft, StepWork work, StepPhase.Applying applying) {
        PlannerState state = draft.state();
        ClipFixed clip = applying.clip();
        long version = work.step().baseVersion() + 1;
        draft.because("step " + clip.step() + " is named again");
        draft.command(new Command.ApplyStep(
                clip.step(),
                work.step().baseVersion(),
                work.contributions().accepted(),
                applying.lossTokens()));
        draft.command(new Command.FixClip(
                clip.step(),
                clip.gradientNorm(),
                clip.gradientScale(),
                clip.learningRate(),
                version,
                state.status().updates() + 1,
                Optional.empty()));
        draft.command(new Command.SaveState(version));
    }

    /** Whether there is such a step, and the version is its. */
    static boolean written(Draft draft, int shard, long version) {
        Optional<StepWork> old = draft.state()
                .oldest()
                .filter(work -> work.step().phase() instanceof StepPhase.Applying applying
                        && work.step().baseVersion() + 1 == version
                        && !applying.applied().contains(shard));
        old.ifPresent(work -> {
            draft.because("shard " + shard + " has version " + version);
            draft.record(new JournalRecord.ShardApplyAccepted(shard, work.step().step(), version));
        });
        return old.isPresent();
    }

    /** Ends the step, once every shard has written it. */
    public static void commit(Draft draft, StepWork work, StepPhase.Applying applying) {
        if (applying.applied().size() < draft.state().run().fleet().shards()) {
            return;
        }
        long version = work.step().baseVersion() + 1;
        draft.step(StepSummary.of(
                work.step(), applying.clip(), work.ledger().entries(), draft.nowMillis()));
        draft.because("step " + work.step().step() + " committed as version " + version);
        draft.record(
                new JournalRecord.StepCommitted(work.step().step(), version, 0, Optional.empty()));
        draft.command(new Command.VersionCommitted(work.step().step(), version));
    }
}
