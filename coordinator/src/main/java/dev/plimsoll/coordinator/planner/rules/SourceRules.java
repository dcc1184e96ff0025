package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.source.Source;
import dev.plimsoll.coordinator.planner.source.Sources;
import dev.plimsoll.coordinator.planner.state.AdmittedSample;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.protocol.SourceStatus;
import dev.plimsoll.wire.sample.RejectionReason;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What operators ask of sources, and what becomes of the samples of one that was removed. A request
 * takes effect at the next step that opens: the members of open steps stay.
 */
public final class SourceRules {

    /**
     * The most samples that one decision rejects because their source was removed: what was
     * submitted is looked up for each, and they travel in one transaction.
     */
    static final int MAX_REJECTED = 256;

    private SourceRules() {}

    public static void asked(Draft draft, Control.OfSource asked) {
        PlannerState state = draft.state();
        if (state.checkpoints().isKnown(asked.request())) {
            draft.because("void: request " + asked.request() + " was asked for before");
            return;
        }
        Optional<String> problem = state.status().finished()
                ? Optional.of("the run is finished")
                : problem(state, asked);
        if (problem.isPresent()) {
            draft.because("request " + asked.request() + " is refused: " + problem.orElseThrow());
            draft.record(new JournalRecord.RequestRefused(asked.request(), problem.orElseThrow()));
            return;
        }
        Source before = sources(state).find(asked.name()).orElse(null);
        JournalRecord.SourceChanged changed = changed(asked, before);
        draft.because("source " + asked.name() + " is " + changed.status() + ", weight "
                + changed.weight());
        draft.record(changed);
    }

    private static Sources sources(PlannerState state) {
        return state.backlog().sources();
    }

    private static Optional<String> problem(PlannerState state, Control.OfSource asked) {
        Source before = sources(state).find(asked.name()).orElse(null);
        return switch (asked) {
            case Control.AddSource add -> problemOfAdding(state, add, before);
            case Control.PauseSource _, Control.ResumeSource _ ->
                before == null || before.status() == SourceStatus.REMOVED
                        ? Optional.of(unknown(state, asked.name()))
                        : Optional.empty();
            case Control.WeighSource _ -> {
                if (before == null || before.status() == SourceStatus.REMOVED) {
                    yield Optional.of(unknown(state, asked.name()));
                }
                yield before.evaluation()
                        ? Optional.of("source " + asked.name() + " is for evaluation and has no "
                                + "weight: no step takes samples of it; weigh a source that is "
                                + "trained")
                        : Optional.empty();
            }
            case Control.RemoveSource _ ->
                before == null ? Optional.of(unknown(state, asked.name())) : Optional.empty();
        };
    }

    private static Optional<String> problemOfAdding(
            PlannerState state, Control.AddSource add, Source before) {
        if (before == null) {
            return sources(state).isFull()
                    ? Optional.of("there are " + Sources.MAX_SOURCES + " sources already, and "
                            + "no more may come; use one of them for these samples")
                    : Optional.empty();
        }
        if (before.evaluation() != add.evaluation()) {
            return Optional.of(
                    before.evaluation()
                            ? "source " + add.name() + " is for evaluation, and what a run is "
                                    + "measured with is never trained; add a source of another "
                                    + "name, and submit the samples to that"
                            : "samples of source " + add.name() + " may have been trained, and a "
                                    + "run is not measured with what it has learned; add a "
                                    + "source of another name with --eval, and submit the "
                                    + "samples to that");
        }
        if (before.status() == SourceStatus.REMOVED) {
            int left = before.evaluation()
                    ? state.evaluations().size(add.name())
                    : state.backlog().size(add.name());
            return left > 0
                    ? Optional.of(left + " samples of source " + add.name() + " are still to be "
                            + "rejected because it was removed; ask again when they are")
                    : Optional.empty();
        }
        return before.weight() > 0
                ? Optional.of("there is a source " + add.name() + ", of weight "
                        + before.weight() + "; change that with: plimsoll source weight "
                        + add.name() + " " + add.weight())
                : Optional.empty();
    }

    private static String unknown(PlannerState state, String name) {
        String there = sources(state).all().entrySet().stream()
                .filter(source -> source.getValue().status() != SourceStatus.REMOVED)
                .map(source -> source.getKey())
                .collect(Collectors.joining(", "));
        return "there is no source " + name + "; "
                + (there.isEmpty() ? "there is none yet" : "there are: " + there)
                + "; add it first, with: plimsoll source add " + name;
    }

    private static JournalRecord.SourceChanged changed(Control.OfSource asked, Source before) {
        int weight = before == null ? 0 : before.weight();
        SourceStatus status = before == null ? SourceStatus.ACTIVE : before.status();
        boolean evaluation = before != null && before.evaluation();
        String by = " by " + asked.requestedBy();
        return switch (asked) {
            case Control.AddSource add ->
                change(
                        add,
                        status == SourceStatus.REMOVED ? SourceStatus.ACTIVE : status,
                        add.evaluation() ? 0 : add.weight(),
                        (add.evaluation()
                                        ? "added for evaluation"
                                        : "added with weight " + add.weight())
                                + by,
                        add.evaluation());
            case Control.PauseSource pause ->
                change(pause, SourceStatus.PAUSED, weight, "paused" + by, evaluation);
            case Control.ResumeSource resume ->
                change(resume, SourceStatus.ACTIVE, weight, "resumed" + by, evaluation);
            case Control.RemoveSource remove ->
                change(remove, SourceStatus.REMOVED, weight, "removed" + by, evaluation);
            case Control.WeighSource weigh ->
                change(weigh, status, weigh.weight(), "weight " + weigh.weight() + by, evaluation);
        };
    }

    private static JournalRecord.SourceChanged change(
            Control.OfSource asked,
            SourceStatus status,
            int weight,
            String note,
            boolean evaluation) {
        return new JournalRecord.SourceChanged(
                asked.name(), status, weight, asked.request(), note, evaluation);
    }

    /**
     * Rejects what waits of removed sources, also what came or was given back since: some of it, if
     * it is much, and the rest with the next inputs.
     */
    public static void run(Draft draft) {
        if (draft.state().status().finished()) {
            return;
        }
        int most = Math.max(0, MAX_REJECTED - draft.rejected());
        List<AdmittedSample> removed = new ArrayList<>(draft.state().backlog().removed(most));
        removed.addAll(draft.state()
                .evaluations()
                .idle(sources(draft.state())::isRemoved, most - removed.size()));
        for (AdmittedSample sample : removed) {
            draft.reject(
                    sample,
                    RejectionReason.SOURCE_REMOVED,
                    "its source " + sample.source() + " was removed; add the source and submit "
                            + "the sample under another id to have it trained");
        }
        if (!removed.isEmpty()) {
            draft.because(removed.size() + " samples of removed sources are rejected");
        }
    }
}
