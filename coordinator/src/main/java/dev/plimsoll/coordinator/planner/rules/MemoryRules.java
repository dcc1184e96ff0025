package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.decision.Draft;
import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.StepWork;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Chunks;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.model.memory.Timed;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.TimedMicroBatch;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.TrainMeasures;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The memory loop: learns what micro-batches needed, and moves the lines with what cards have. */
public final class MemoryRules {
    /**
     * When a failure for lack of memory has lowered a token limit, every micro-batch that came near
     * the limit lets it grow by this part: one that fills it but for this part or is above it, and
     * one beside which another sequence of its mean length has no place.
     */
    private static final int GROWTH_PART = 8;

    private MemoryRules() {}

    public static void read(Draft draft, Loading loading, Worker worker, MemoryMeasures memory) {
        if (draft.state().status().finished()) {
            return;
        }
        List<MemoryMeasures> cards = memory.each();
        if (cards.size() != worker.cards()) {
            draft.because("void: " + worker.label() + " tells of " + cards.size()
                    + " cards, and has " + worker.cards());
            return;
        }
        boolean changed = false;
        for (int card = 0; card < cards.size(); card++) {
            changed |= read(draft, worker, card, cards.get(card));
        }
        if (changed) {
            recall(draft, loading, current(draft, worker));
        }
    }

    /** @return whether its line has changed */
    private static boolean read(Draft draft, Worker worker, int card, MemoryMeasures memory) {
        Optional<MemoryLine.Change> found =
                MemoryLine.after(worker.memory(card), memory, draft.nowMillis());
        found.ifPresent(change -> {
            draft.because(worker.cardLabel(card) + ": " + change.note());
            draft.record(new JournalRecord.MemoryLineChanged(
                    worker.workerId(),
                    change.line().usedBytes(),
                    change.line().lineBytes(),
                    change.line().changedAtMillis(),
                    (worker.isWide() ? "card " + card + ": " : "") + change.note(),
                    card));
        });
        return found.isPresent();
    }

    private static Worker current(Draft draft, Worker worker) {
        return draft.state().fleet().worker(worker.workerId()).orElseThrow();
    }

    /**
     * Recalls attempts that were dispatched under a higher line and no longer fit, on one of the
     * cards where there are several. An attempt that has begun is not given back.
     */
    static void recall(Draft draft, Loading loading, Worker worker) {
        if (draft.state().inWork().isEmpty()) {
            return;
        }
        OpenStep step = draft.state().inWork().get().step();
        for (LedgerEntry entry : draft.state().ledger().with(LedgerEntry.Status.DISPATCHED)) {
            boolean fullest = entry.plan().equals(Loading.FULLEST);
            if (entry.isOf(worker.workerId(), worker.generation())
                    && !fullest
                    && !fits(draft, loading, worker, step, entry)) {
                draft.because("attempt " + entry.attempt().attempt() + " is recalled");
                draft.command(new Command.Recall(
                        worker.workerId(), worker.generation(), entry.attempt()));
            }
        }
    }

    private static boolean fits(
            Draft draft, Loading loading, Worker worker, OpenStep step, LedgerEntry entry) {
        List<Long> priors =
                loading.priorBytes(worker.device(), step.lengths(entry.ordinals()), entry.plan());
        return IntStream.range(0, worker.cards())
                .allMatch(card -> worker.line(card).isEmpty()
                        || draft.state().forecast(worker, card).bound(priors.get(card))
                                <= worker.line(card).get().roomBytes());
    }

    public static void trained(
            Draft draft,
            Loading loading,
            Worker worker,
            LedgerEntry entry,
            Report.MicroBatchTrained report) {
        if (isLost(draft, worker)) {
            return;
        }
        if (worker.memory().isPresent() && worker.isWide()) {
            weighWide(draft, loading, worker, entry, report.measures());
        } else if (worker.memory().isPresent()) {
            weigh(draft, loading, worker, entry, report.measures());
        }
        grow(draft, worker, entry);
    }

    private static void grow(Draft draft, Worker worker, LedgerEntry entry) {
        OpenStep step = step(draft, entry);
        int tokens = limitedTokens(worker, step, entry);
        int mean = step.tokens(entry.ordinals()) / entry.ordinals().size();
        int ceiling = draft.state().run().fleet().maxMicroBatchTokens();
        int limit = worker.maxTokens();
        boolean near = tokens >= limit - limit / GROWTH_PART || tokens + mean > limit;
        if (limit < ceiling && near) {
            int grown = Math.min(ceiling, limit + limit / GROWTH_PART);
            draft.record(new JournalRecord.LoadLineChanged(
                    worker.workerId(), grown, "grows again after " + tokens + " tokens went well"));
        }
    }

    /**
     * The tokens that a token limit is of: those of a micro-batch, or of its longest chunk, which
     * is what fills several cards.
     */
    static int limitedTokens(Worker worker, OpenStep step, LedgerEntry entry) {
        return worker.isWide()
                ? Chunks.of(step.lengths(entry.ordinals()), entry.plan().pipelineTokens())
                        .mostTokens()
                : step.tokens(entry.ordinals());
    }

    private static void weigh(
            Draft draft,
            Loading loading,
            Worker worker,
            LedgerEntry entry,
            TrainMeasures measures) {
        int tokens = measures.tokens();
        long work = measures.peakBytes() - worker.memory().orElseThrow().usedBytes();
        if (work > 0 && tokens > 0) {
            MemoryPlan plan = measures.carriedOut(entry.plan());
            long prior = loading.priorBytes(worker.device(), tokens, plan);
            double cost = loading.cost(plan);
            draft.record(new JournalRecord.MicroBatchWeighed(
                    worker.card(),
                    prior,
                    work,
                    tokens * cost,
                    micros(measures),
                    timed(draft, loading, worker, entry, plan)));
        }
    }

    /** Each card's memory for itself, and the time for all of them together. */
    private static void weighWide(
            Draft draft,
            Loading loading,
            Worker worker,
            LedgerEntry entry,
            TrainMeasures measures) {
        if (measures.cardPeakBytes().size() != worker.cards()) {
            draft.because("void: " + worker.label() + " tells the peaks of "
                    + measures.cardPeakBytes().size() + " cards, and has " + worker.cards());
            return;
        }
        if (measures.attentionRecomputed()) {
            draft.because(worker.label() + " computed attention again on some card: nothing is"
                    + " learned of a plan that keeps it");
            return;
        }
        List<Long> priors = loading.priorBytes(
                worker.device(), step(draft, entry).lengths(entry.ordinals()), entry.plan());
        for (int card = 0; card < worker.cards(); card++) {
            long used = worker.memory(card).map(MemoryLine::usedBytes).orElse(Long.MAX_VALUE);
            long work = measures.cardPeakBytes().get(card) - used;
            if (work > 0) {
                draft.record(new JournalRecord.MicroBatchWeighed(
                        worker.card(card), priors.get(card), work, 0, 0, Optional.empty()));
            }
        }
        Optional<TimedMicroBatch> timed = timed(draft, loading, worker, entry, entry.plan());
        draft.record(new JournalRecord.MicroBatchWeighed(
                worker.card(),
                0,
                0,
                timed.map(of -> of.tokens() * of.cost()).orElse(0.0),
                micros(measures),
                timed));
    }

    private static long micros(TrainMeasures measures) {
        return measures.forwardMicros() + measures.backwardMicros();
    }

    /**
     * A micro-batch that was forecast to fit ran out of memory: it needed more than there was, and
     * that is learned. When the line has dropped below the forecast since the dispatch, other
     * processes took the memory, and nothing is learned. A worker reports its memory before it
     * reports the failure. Of several cards it is about the one that the worker names. Where the
     * worker names no bytes it was not the card, or nobody knows how much; and an evaluation needs
     * less than training does.
     *
     * @return whether others took the memory
     */
    public static boolean failed(
            Draft draft,
            Loading loading,
            Worker worker,
            LedgerEntry entry,
            Report.MicroBatchFailed report) {
        int card = report.card();
        if (report.reason() != FailureReason.OUT_OF_MEMORY
                || card >= worker.cards()
                || worker.memory(card).isEmpty()) {
            return false;
        }
        List<Integer> lengths =
                draft.state().inWork().orElseThrow().step().lengths(entry.ordinals());
        long prior = loading.priorBytes(worker.device(), lengths, entry.plan()).get(card);
        long room = worker.memory(card).get().roomBytes();
        if (draft.state().forecast(worker, card).bound(prior) > room) {
            return true;
        }
        if (report.wantedBytes() > 0 && !entry.attempt().evaluates()) {
            draft.record(new JournalRecord.MicroBatchWeighed(
                    worker.card(card), prior, room + report.wantedBytes(), 0, 0, Optional.empty()));
        }
        return false;
    }

    private static Optional<TimedMicroBatch> timed(
            Draft draft, Loading loading, Worker worker, LedgerEntry entry, MemoryPlan plan) {
        Timed timed =
                loading.timed(worker.device(), step(draft, entry).lengths(entry.ordinals()), plan);
        return Optional.of(new TimedMicroBatch(
                timed.plan(),
                timed.cost(),
                timed.lengths().tokens(),
                timed.lengths().squares(),
                entry.dispatched().bestMicros()));
    }

    private static OpenStep step(Draft draft, LedgerEntry entry) {
        return draft.state().steps().stream()
                .map(StepWork::step)
                .filter(step -> step.step() == entry.attempt().step())
                .findFirst()
                .orElseThrow();
    }

    /** Whether its report made the planner end its generation. */
    private static boolean isLost(Draft draft, Worker worker) {
        return draft.state()
                .fleet()
                .current(worker.workerId(), worker.generation())
                .isEmpty();
    }
}
