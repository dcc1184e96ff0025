package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.state.Evaluations;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.LedgerEntry.Status;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepWork;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.wire.journal.EvaluationRecord;
import dev.plimsoll.wire.journal.EvaluationRecord.EvaluationCounts;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.run.EvaluationSettings;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Evaluates a committed version on the samples that are for that, between two steps: then every
 * worker holds exactly that version, or is on its way to it. Micro-batches are composed, recalled,
 * split and dealt again as a step's are.
 */
public final class EvaluationRules {
    private EvaluationRules() {}

    /** Whether no step may open: an evaluation is open, or must come before that step. */
    public static boolean goesFirst(PlannerState state) {
        return state.evaluations().open().isPresent()
                || isAt(state, state.steps().size());
    }

    /** Opens what is due, deals its micro-batches, and closes it. */
    public static void run(Draft draft, Loading loading) {
        if (isAt(draft.state(), 0) && draft.state().steps().isEmpty()) {
            open(draft, "after " + draft.state().status().stepsDone() + " steps");
        }
        draft.state().evaluations().open().ifPresent(work -> {
            DispatchRules.run(draft, work, loading);
            if (work.step().members().isEmpty()) {
                drop(draft, "every sample was rejected");
            } else if (isThrough(draft.state(), work)) {
                close(draft, work);
            }
        });
    }

    /**
     * Opens the evaluation of the last version, if it has none.
     *
     * @return whether the run may end without one
     */
    static boolean isThrough(Draft draft) {
        if (isPossible(draft.state())) {
            open(draft, "the last version");
        }
        return draft.state().evaluations().open().isEmpty();
    }

    /** The evaluation's samples wait for the next one. */
    static void drop(Draft draft, String note) {
        draft.state().evaluations().open().ifPresent(work -> {
            long version = work.step().baseVersion();
            draft.because("the evaluation of version " + version + " is dropped: " + note);
            draft.record(new JournalRecord.EvaluationDropped(version, note));
        });
    }

    /** Whether the version after so many more steps is to be evaluated. */
    private static boolean isAt(PlannerState state, int moreSteps) {
        long every = state.run().evaluation().every();
        return every > 0
                && (state.status().stepsDone() + moreSteps) % every == 0
                && (moreSteps > 0 ? hasSamples(state) : isPossible(state));
    }

    private static boolean isPossible(PlannerState state) {
        Evaluations evaluations = state.evaluations();
        return state.run().evaluation().every() > 0
                && state.status().version() > evaluations.through()
                && evaluations.open().isEmpty()
                && !state.status().finished()
                && !state.checkpoints().isRestoring()
                && hasSamples(state);
    }

    private static boolean hasSamples(PlannerState state) {
        return state.evaluations().any(state.backlog().sources()::isActive);
    }

    private static void open(Draft draft, String note) {
        PlannerState state = draft.state();
        int most = state.run().evaluation().maxSamples();
        List<Long> ordinals = state.evaluations()
                .ordinals(
                        state.backlog().sources()::isActive,
                        most == 0 ? Evaluations.MAX_SAMPLES : most);
        long version = state.status().version();
        draft.because("version " + version + " is evaluated on " + ordinals.size() + " samples");
        draft.record(
                new JournalRecord.EvaluationOpened(version, ordinals, draft.nowMillis(), note));
    }

    public static void evaluated(
            Draft draft, Worker worker, LedgerEntry entry, Report.MicroBatchEvaluated report) {
        long version = draft.state().inWork().orElseThrow().step().baseVersion();
        boolean plausible = Double.isFinite(report.lossNats())
                && report.lossTokens() == entry.lossTokens()
                && report.version() == version;
        long attempt = entry.attempt().attempt();
        if (!plausible) {
            MembershipRules.lose(
                    draft,
                    worker,
                    "it cannot be trusted: attempt " + attempt + " has loss " + report.lossNats()
                            + " over " + report.lossTokens() + " tokens on version "
                            + report.version() + " instead of " + entry.lossTokens()
                            + " tokens on version " + version);
            return;
        }
        draft.because(worker.label() + " evaluated attempt " + attempt);
        draft.record(new JournalRecord.Evaluated(
                entry.attempt(), report.lossNats(), report.lossTokens()));
    }

    /**
     * Whether every sample is evaluated, and by the right version: a worker says which digest its
     * version has before it says a loss, and one whose digest differs from the shards' loses its
     * generation and what it evaluated.
     */
    private static boolean isThrough(PlannerState state, StepWork work) {
        return work.step().waiting().isEmpty()
                && !work.ledger().any(Status.DISPATCHED)
                && state.versions()
                        .digests(work.step().baseVersion())
                        .ofShards(state.run().fleet().shards())
                        .isPresent();
    }

    private static void close(Draft draft, StepWork work) {
        PlannerState state = draft.state();
        OpenStep step = work.step();
        Collection<LedgerEntry> entries = work.ledger().entries();
        // in an order of their own: the same micro-batches give the same bits, whoever did them
        double lossNats = 0;
        for (LedgerEntry entry : entries.stream()
                .sorted(Comparator.comparing(is -> is.ordinals().getFirst()))
                .toList()) {
            lossNats += entry.lossNats();
        }
        long lossTokens = work.ledger().lossTokens();
        double loss = lossNats / lossTokens;
        double perplexity = Math.min(Math.exp(loss), Double.MAX_VALUE);
        boolean best = state.evaluations()
                .best()
                .filter(before -> before.loss() <= loss)
                .isEmpty();
        draft.because("version " + step.baseVersion() + " has loss " + loss);
        draft.evaluation(new EvaluationRecord(
                step.baseVersion(),
                state.status().stepsDone(),
                loss,
                perplexity,
                best,
                counts(step, entries, lossTokens),
                Math.max(1, draft.nowMillis() - step.openedAtMillis()),
                step.notes().all()));
        draft.record(new JournalRecord.EvaluationClosed(
                step.baseVersion(), loss, perplexity, lossTokens, step.members().size(), best));
    }

    private static EvaluationCounts counts(
            OpenStep step, Collection<LedgerEntry> entries, long lossTokens) {
        long tokens = step.members().stream()
                .mapToLong(member -> member.sequence().tokens())
                .sum();
        int workers =
                (int) entries.stream().map(LedgerEntry::workerId).distinct().count();
        return new EvaluationCounts(
                tokens, lossTokens, step.members().size(), entries.size(), workers);
    }

    /** Whether the name is the planner's own in this run. */
    static boolean owns(PlannerState state, String checkpoint) {
        return state.run().evaluation().keepsBest() && checkpoint.equals(EvaluationSettings.BEST);
    }
}
