package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.Versions;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.StatePlace;

import java.util.Optional;

/**
 * When the shards write their state. The command names the committed version and goes to all in the
 * order of versions, so that each shard is at that version when it reads it.
 */
public final class StateRules {
    private StateRules() {}

    /**
     * One state at a time, so that all shards write the same versions: after so many steps, for one
     * that joins and needs a newer state than there is, and when nothing is trained.
     */
    public static void run(Draft draft) {
        PlannerState state = draft.state();
        Versions versions = state.versions();
        long version = state.status().version();
        if (versions.asked() > versions.whole()
                || versions.asked() == version
                || state.status().finished()
                || state.checkpoints().isRestoring()) {
            return;
        }
        Optional<Worker> joining = state.fleet().workers().stream()
                .filter(worker -> !worker.ready() && worker.needsVersion() > versions.asked())
                .findFirst();
        long since = version - versions.asked();
        if (since >= state.run().fold().stateEvery()) {
            ask(draft, since + " versions since the last");
        } else if (joining.isPresent()) {
            ask(draft, joining.get().label() + " joins");
        } else if (state.inWork().isEmpty()) {
            ask(draft, "no step is open");
        }
    }

    /** A shard that lags may have missed a command to write. */
    static void shardReady(Draft draft, Report.ShardReady ready) {
        PlannerState state = draft.state();
        long version = state.status().version();
        boolean missed =
                state.versions().saved(ready.shard()) < state.versions().asked();
        if (version > 0 && (missed || ready.version() < version)) {
            ask(draft, "shard " + ready.shard() + " may have missed it");
        }
    }

    private static void ask(Draft draft, String why) {
        long version = draft.state().status().version();
        draft.because("the state of version " + version + " is to be written: " + why);
        if (draft.state().versions().asked() < version) {
            draft.record(new JournalRecord.StateAsked(version));
        }
        draft.command(new Command.SaveState(version));
    }

    public static void saved(Draft draft, Report.StateSaved report) {
        PlannerState state = draft.state();
        if (OldStepRules.written(draft, report.shard(), report.version())) {
            return;
        }
        StatePlace place = report.place();
        boolean sound = place.shard() == report.shard()
                && place.adapterOffset() >= 0
                && place.optimizerOffset() >= 0;
        if (!sound
                || report.version() <= state.versions().saved(report.shard())
                || report.version() > state.status().version()) {
            draft.because("void: " + report);
            return;
        }
        draft.because("shard " + report.shard() + " wrote the state of " + report.version());
        draft.record(new JournalRecord.StateSaveAccepted(
                report.shard(), report.version(), report.place()));
    }
}
