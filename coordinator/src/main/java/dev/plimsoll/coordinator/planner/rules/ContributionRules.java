package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.state.Contributions;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.LedgerEntry.Status;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepWork;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.JournalRecord.ContributionAsked;
import dev.plimsoll.wire.protocol.AheadNumbers;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.Report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Leads from micro-batches to accepted contributions. A contribution counts when it holds exactly
 * the attempts that the ledger asked of it, and all of them are trained (protocol rule 8).
 */
public final class ContributionRules {
    private ContributionRules() {}

    public static void trained(
            Draft draft, Worker worker, LedgerEntry entry, Report.MicroBatchTrained report) {
        boolean plausible =
                Double.isFinite(report.lossNats()) && report.lossTokens() == entry.lossTokens();
        if (!plausible) {
            // it is in the worker's sum already, and only a new generation empties that
            String found = "attempt " + entry.attempt().attempt() + " has loss " + report.lossNats()
                    + " over " + report.lossTokens() + " tokens instead of " + entry.lossTokens();
            MembershipRules.lose(draft, worker, "its sum cannot be trusted: " + found);
            return;
        }
        draft.because(worker.label() + " trained attempt " + entry.attempt().attempt());
        draft.record(new JournalRecord.MicroBatchAccepted(
                entry.attempt(), report.lossNats(), report.lossTokens()));
    }

    /**
     * Once every member is given out, every worker is asked for what it holds and will hold: it can
     * publish its sum while it trains the last of it. A worker that is alone is asked when all is
     * trained: it holds all of the step then, has nobody to share the next with, and may go ahead
     * with it. A worker that wants to leave is asked as soon as it has ended its work.
     */
    public static void ask(Draft draft, StepWork work) {
        PlannerState state = draft.state();
        boolean allGiven = work.step().waiting().isEmpty();
        if (!allGiven && state.fleet().workers().stream().noneMatch(Worker::draining)) {
            return;
        }
        boolean shared = allGiven && isShared(state, work);
        boolean allTrained = allGiven && !work.ledger().any(Status.DISPATCHED);
        SortedMap<String, List<LedgerEntry>> held = new TreeMap<>();
        work.ledger().entries().stream()
                .filter(entry -> entry.contribution() == 0)
                .forEach(entry -> held.computeIfAbsent(entry.workerId(), id -> new ArrayList<>())
                        .add(entry));
        boolean anyAsked = false;
        for (Map.Entry<String, List<LedgerEntry>> ofWorker : held.entrySet()) {
            Worker worker = state.fleet().worker(ofWorker.getKey()).orElseThrow();
            boolean isTrained = ofWorker.getValue().stream()
                    .allMatch(entry -> entry.status() == Status.TRAINED);
            boolean isDue = isTrained
                    ? shared || allTrained || isDrained(work, worker)
                    : shared && !worker.draining();
            if (isDue) {
                ask(draft, work, worker, ofWorker.getValue(), allTrained);
                anyAsked = true;
            }
        }
        if (anyAsked && allGiven) {
            expect(draft, work);
        }
    }

    /** Whether nobody can be asked to go ahead with the step. */
    private static boolean isShared(PlannerState state, StepWork work) {
        return state.fleet().ready().size() > 1
                || work.ledger().entries().stream()
                                .map(LedgerEntry::workerId)
                                .distinct()
                                .count()
                        > 1;
    }

    private static void ask(
            Draft draft,
            StepWork work,
            Worker worker,
            List<LedgerEntry> entries,
            boolean allTrained) {
        PlannerState state = draft.state();
        List<Long> attempts =
                entries.stream().map(entry -> entry.attempt().attempt()).toList();
        Optional<AheadNumbers> ahead = allTrained
                        && attempts.size() == work.ledger().entries().size()
                        && state.fleet().ready().equals(List.of(worker))
                ? Optional.of(ahead(state, work))
                : Optional.empty();
        long contribution = state.nextContribution();
        long step = work.step().step();
        draft.because(worker.label() + " is asked for contribution " + contribution
                + (ahead.isPresent() ? ", and goes ahead with it" : ""));
        draft.record(new ContributionAsked(
                contribution, worker.workerId(), worker.generation(), step, attempts, ahead));
        draft.command(new Command.Contribute(
                worker.workerId(), worker.generation(), contribution, step, attempts, ahead));
    }

    /** Everything is asked for: if it is several, whoever waits for them may begin. */
    private static void expect(Draft draft, StepWork work) {
        if (work.ledger().entries().stream().anyMatch(entry -> entry.contribution() == 0)) {
            return;
        }
        Contributions contributions = work.contributions();
        SortedSet<Long> ids = new TreeSet<>();
        contributions.asked().forEach(asked -> ids.add(asked.contribution()));
        contributions.accepted().forEach(accepted -> ids.add(accepted.contribution()));
        if (ids.size() > 1) {
            draft.command(new Command.ExpectContributions(
                    work.step().step(),
                    work.step().baseVersion(),
                    List.copyOf(ids),
                    contributions.accepted().stream()
                            .flatMap(accepted -> accepted.spans().stream())
                            .toList()));
        }
    }

    /** Steps before it are committed before it, each with an update. */
    private static AheadNumbers ahead(PlannerState state, StepWork work) {
        int before = state.steps().indexOf(work);
        return new AheadNumbers(
                work.ledger().lossTokens(),
                state.run().optimizer().learningRate().at(state.status().stepsDone() + before),
                state.status().updates() + before + 1);
    }

    private static boolean isDrained(StepWork work, Worker worker) {
        return worker.draining()
                && work.ledger().with(Status.DISPATCHED).stream()
                        .noneMatch(entry -> entry.isOf(worker.workerId(), worker.generation()));
    }

    public static void contributed(Draft draft, Worker worker, Report.Contributed report) {
        PlannerState state = draft.state();
        Optional<ContributionAsked> asked = state.withContribution(report.contribution())
                .flatMap(work -> work.contributions().asked(report.contribution()))
                .filter(question -> question.generation() == report.generation());
        if (asked.isEmpty()) {
            draft.because("void: contribution " + report.contribution() + " of " + worker.label()
                    + " is not awaited");
            return;
        }
        if (isUnderWay(state, asked.get())) {
            // the report of the micro-batch went before, or the sum cannot be what it says
            String note = "contribution " + report.contribution() + " came before all of "
                    + asked.get().attempts() + " were trained";
            MembershipRules.lose(draft, worker, note);
            return;
        }
        Optional<String> flaw = flaw(asked.get(), report, state.run().fleet().shards());
        if (flaw.isPresent()) {
            draft.because("contribution " + report.contribution() + " void: " + flaw.get());
            strike(draft, report.contribution(), flaw.get());
            return;
        }
        draft.because(worker.label() + " contributed " + report.contribution());
        draft.record(new JournalRecord.ContributionAccepted(new ContributionRef(
                report.contribution(),
                report.workerId(),
                report.generation(),
                asked.get().attempts(),
                report.spans())));
    }

    /** Whether anything of it is still to be trained. */
    private static boolean isUnderWay(PlannerState state, ContributionAsked asked) {
        return state.withContribution(asked.contribution()).stream()
                .flatMap(work -> work.ledger().with(Status.DISPATCHED).stream())
                .anyMatch(entry -> entry.contribution() == asked.contribution());
    }

    /**
     * The contribution does not count. An author that has gone ahead with it holds a version that
     * will never be, so its generation ends.
     */
    static void strike(Draft draft, long contribution, String note) {
        Optional<ContributionAsked> whole =
                draft.state().withContribution(contribution).flatMap(StepWork::whole);
        draft.record(new JournalRecord.ContributionVoided(contribution, note));
        whole.ifPresent(asked -> loseAuthor(
                draft, asked, "it went ahead with contribution " + contribution + ": " + note));
    }

    private static void loseAuthor(Draft draft, ContributionAsked asked, String note) {
        draft.state()
                .fleet()
                .current(asked.workerId(), asked.generation())
                .ifPresent(author -> MembershipRules.lose(draft, author, note));
    }

    /** Ends the generations of all that hold a version that is not committed. */
    static void loseAuthors(Draft draft, String note) {
        List.copyOf(draft.state().steps())
                .forEach(work -> work.whole().ifPresent(asked -> loseAuthor(draft, asked, note)));
    }

    /**
     * A step that others were opened after has lost its contribution: what was trained on top of it
     * is void.
     */
    public static void undo(Draft draft) {
        PlannerState state = draft.state();
        List<StepWork> steps = state.steps();
        for (int i = 0; i + 1 < steps.size(); i++) {
            if (steps.get(i).whole().isEmpty()) {
                long step = steps.get(i).step().step();
                String note = "step " + step + " lost its contribution";
                draft.because("steps after " + step + " are undone");
                draft.record(new JournalRecord.StepsUndone(step, note));
                return;
            }
        }
    }

    private static Optional<String> flaw(
            ContributionAsked asked, Report.Contributed report, int shards) {
        List<Long> attempts = report.attempts().stream().sorted().toList();
        if (!attempts.equals(asked.attempts())) {
            return Optional.of("it holds attempts " + attempts + " instead of " + asked.attempts());
        }
        if (report.step() != asked.step()) {
            return Optional.of("it names step " + report.step() + " instead of " + asked.step());
        }
        List<Integer> named =
                report.spans().stream().map(ChunkSpan::shard).sorted().toList();
        boolean forwards = report.spans().stream()
                .allMatch(
                        span -> 0 <= span.firstOffset() && span.firstOffset() <= span.lastOffset());
        boolean everyShardOnce = named.size() == shards
                && named.stream().distinct().count() == shards
                && named.getFirst() == 0
                && named.getLast() == shards - 1;
        return everyShardOnce && forwards
                ? Optional.empty()
                : Optional.of("its spans " + report.spans() + " do not name each of " + shards
                        + " shards once");
    }

    /** The attempt, if it is this generation's, of the open step and under way. */
    public static Optional<LedgerEntry> underWay(
            PlannerState state, Attempt attempt, Worker worker) {
        return state.ledger()
                .entry(attempt.attempt())
                .filter(entry -> entry.attempt().equals(attempt))
                .filter(entry -> entry.status() == Status.DISPATCHED)
                .filter(entry -> entry.isOf(worker.workerId(), worker.generation()));
    }
}
