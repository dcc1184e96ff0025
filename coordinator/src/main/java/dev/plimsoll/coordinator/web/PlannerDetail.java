package dev.plimsoll.coordinator.web;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.plimsoll.coordinator.planner.state.LedgerEntry;
import dev.plimsoll.coordinator.planner.state.LedgerEntry.Status;
import dev.plimsoll.coordinator.planner.state.OpenStep;
import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.StepWork;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.model.memory.PeakModel;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.StepSettings;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What workers do now and what is left to do, by the planner's state; immutable.
 *
 * @param nextOffsets what the planner reads next, as in {@code PlannerState}
 * @param workers by id
 */
public record PlannerDetail(
        SortedMap<String, Deck> workers,
        Accounts accounts,
        Left left,
        SortedMap<String, Long> nextOffsets) {

    /**
     * A worker's work.
     *
     * @param lineBytes the most its live tensors may reach; 0 until it says what it has
     * @param capBytes of its card, that operators leave it; 0: all that it has
     * @param restBytes what it uses between micro-batches
     * @param forecastBytes what the deepest of the tasks is expected to reach; 0 without one
     * @param tasks those it was sent and has not answered, the first in work
     * @param cards of a worker with several cards, each card's; their bytes added are the worker's,
     *     and the cap is of each
     */
    public record Deck(
            boolean draining,
            long lineBytes,
            long capBytes,
            long restBytes,
            long forecastBytes,
            List<Task> tasks,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<CardDeck> cards) {}

    /** What {@link Deck} says, of one of several cards. */
    public record CardDeck(long lineBytes, long restBytes, long forecastBytes) {}

    /**
     * @param step {@code Attempt.NO_STEP} for one of an evaluation
     * @param forecastBytes what it is expected to reach, on all cards together
     * @param cardForecastBytes of a worker with several cards, on each of them
     */
    public record Task(
            long attempt,
            long step,
            int sequences,
            int tokens,
            MemoryPlan plan,
            long forecastBytes,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Long> cardForecastBytes) {}

    /**
     * Where the sequences of the open steps are.
     *
     * @param members of open steps
     * @param waiting of those, in no micro-batch
     * @param dispatched micro-batches under way
     * @param trained micro-batches in a worker's sum that is not asked for
     * @param asked micro-batches whose sum is awaited
     * @param contributed micro-batches in sums that are here
     */
    public record Accounts(
            long members, long waiting, int dispatched, int trained, int asked, int contributed) {}

    /**
     * What is left to train of what was admitted.
     *
     * @param samples in open steps, in the backlog, and again in each later epoch
     * @param steps that the run may still open; null where it has no end
     */
    public record Left(long samples, Long steps, int epoch, int epochs) {}

    /** @param peaks of the run's model */
    static PlannerDetail of(PlannerState state, PeakModel peaks) {
        return new PlannerDetail(
                decks(state, new Loading(peaks)),
                accounts(state),
                left(state),
                Collections.unmodifiableSortedMap(new TreeMap<>(state.nextOffsets())));
    }

    private static SortedMap<String, Deck> decks(PlannerState state, Loading loading) {
        SortedMap<String, List<Task>> tasks = new TreeMap<>();
        SortedMap<String, Worker> workers = new TreeMap<>();
        state.fleet().workers().forEach(worker -> workers.put(worker.workerId(), worker));
        state.inWork().ifPresent(work -> {
            for (LedgerEntry entry : work.ledger().with(Status.DISPATCHED)) {
                Worker worker = workers.get(entry.workerId());
                if (worker != null) {
                    tasks.computeIfAbsent(entry.workerId(), _ -> new ArrayList<>())
                            .add(task(state, loading, worker, work.step(), entry));
                }
            }
        });
        SortedMap<String, Deck> decks = new TreeMap<>();
        workers.forEach((id, worker) -> {
            List<Task> has = tasks.getOrDefault(id, List.of());
            List<CardDeck> cards = IntStream.range(0, worker.cards())
                    .mapToObj(card -> card(worker, card, has))
                    .toList();
            decks.put(
                    id,
                    new Deck(
                            worker.draining(),
                            cards.stream().mapToLong(CardDeck::lineBytes).sum(),
                            worker.capBytes(),
                            cards.stream().mapToLong(CardDeck::restBytes).sum(),
                            has.stream().mapToLong(Task::forecastBytes).max().orElse(0),
                            List.copyOf(has),
                            worker.isWide() ? cards : List.of()));
        });
        return Collections.unmodifiableSortedMap(decks);
    }

    private static CardDeck card(Worker worker, int card, List<Task> tasks) {
        return new CardDeck(
                worker.line(card).map(MemoryLine::lineBytes).orElse(0L),
                worker.memory(card).map(MemoryLine::usedBytes).orElse(0L),
                tasks.stream()
                        .map(Task::cardForecastBytes)
                        .filter(each -> card < each.size())
                        .mapToLong(each -> each.get(card))
                        .max()
                        .orElse(0));
    }

    private static Task task(
            PlannerState state, Loading loading, Worker worker, OpenStep step, LedgerEntry entry) {
        List<Long> priors =
                loading.priorBytes(worker.device(), step.lengths(entry.ordinals()), entry.plan());
        List<Long> forecasts = IntStream.range(0, worker.cards())
                .mapToObj(card -> worker.memory(card).map(MemoryLine::usedBytes).orElse(0L)
                        + state.forecast(worker, card).expected(priors.get(card)))
                .toList();
        return new Task(
                entry.attempt().attempt(),
                entry.attempt().step(),
                entry.ordinals().size(),
                step.tokens(entry.ordinals()),
                entry.plan(),
                forecasts.stream().mapToLong(Long::longValue).sum(),
                worker.isWide() ? forecasts : List.of());
    }

    private static Accounts accounts(PlannerState state) {
        long members = 0;
        long waiting = 0;
        int[] of = new int[Status.values().length];
        for (StepWork work : state.steps()) {
            members += work.step().members().size();
            waiting += work.step().waiting().size();
            work.ledger().entries().forEach(entry -> of[entry.status().ordinal()]++);
        }
        return new Accounts(
                members,
                waiting,
                of[Status.DISPATCHED.ordinal()],
                of[Status.TRAINED.ordinal()],
                of[Status.ASKED.ordinal()],
                of[Status.CONTRIBUTED.ordinal()]);
    }

    private static Left left(PlannerState state) {
        StepSettings settings = state.run().steps();
        long open = state.steps().stream()
                .mapToLong(work -> work.step().members().size())
                .sum();
        long thisEpoch = open + state.backlog().size();
        int later = Math.max(0, settings.epochs() - 1 - state.backlog().epoch());
        long again = later * (thisEpoch + state.backlog().trained());
        return new Left(
                thisEpoch + again,
                settings.maxSteps() > 0
                        ? Math.max(0, settings.maxSteps() - state.status().stepsDone())
                        : null,
                state.backlog().epoch(),
                settings.epochs());
    }
}
