package dev.plimsoll.coordinator.planner.rules;

import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.model.memory.Exploration;
import dev.plimsoll.model.memory.Lengths;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.Loading.Load;
import dev.plimsoll.model.memory.Loading.Planned;
import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.model.memory.Room;
import dev.plimsoll.model.memory.WideRoom;
import dev.plimsoll.model.memory.WideRoom.CardRoom;
import dev.plimsoll.wire.protocol.SequenceRef;

import java.util.List;
import java.util.stream.IntStream;

/** How much a worker may be given, by what is known of its card now. */
final class WorkerCapacity {
    private final Loading loading;
    private final PlannerState state;
    private final boolean evaluates;

    /** @param evaluates whether the micro-batches go forward only: their time teaches nothing */
    WorkerCapacity(Loading loading, PlannerState state, boolean evaluates) {
        this.loading = loading;
        this.state = state;
        this.evaluates = evaluates;
    }

    /**
     * The load of a packed micro-batch; a longer single sequence still goes alone.
     *
     * @param longestTokens of the sequences that wait
     */
    Load load(Worker worker, boolean fullestPlan, long targetTokens, int longestTokens) {
        if (worker.isWide()) {
            return wideLoad(worker, fullestPlan, targetTokens, longestTokens);
        }
        int wanted = (int) Math.max(1, Math.min(worker.maxTokens(), targetTokens));
        if (worker.line().isEmpty()) {
            return new Load(wanted, Loading.ROOMY, false, List.of());
        }
        Room room = room(worker, worker.line().get());
        return fullestPlan
                ? new Load(
                        loading.mostTokens(room, wanted, Loading.FULLEST),
                        Loading.FULLEST,
                        false,
                        List.of())
                : loading.choose(room, wanted, longestTokens, exploration());
    }

    /**
     * A micro-batch may have what the run allows: a token limit is one of chunks, which are what
     * fills the cards.
     */
    private Load wideLoad(
            Worker worker, boolean fullestPlan, long targetTokens, int longestTokens) {
        int ceiling = state.run().fleet().maxMicroBatchTokens();
        int wanted = (int) Math.max(1, Math.min(ceiling, targetTokens));
        WideRoom room = wideRoom(worker);
        return fullestPlan
                ? new Load(
                        loading.wide()
                                .mostTokensFullest(room, Math.min(wanted, worker.maxTokens())),
                        Loading.FULLEST,
                        false,
                        List.of())
                : loading.wide()
                        .choose(room, wanted, worker.maxTokens(), longestTokens, exploration());
    }

    /**
     * The memory plan under which a micro-batch of these sequences is to be trained.
     *
     * @param sequences in the order in which the worker gets them
     */
    Planned plan(Worker worker, boolean fullestPlan, Load load, List<SequenceRef> sequences) {
        if (worker.isWide() && !fullestPlan) {
            List<Integer> lengths = sequences.stream().map(SequenceRef::tokens).toList();
            return loading.wide()
                    .plan(wideRoom(worker), load, lengths, worker.maxTokens(), exploration());
        }
        if (fullestPlan || worker.line().isEmpty()) {
            return new Planned(fullestPlan ? Loading.FULLEST : Loading.ROOMY, 0);
        }
        return loading.plan(
                room(worker, worker.line().get()), load, Lengths.of(sequences), exploration());
    }

    /** By the number of the attempt, which is in the journal. */
    private Exploration exploration() {
        return evaluates ? Exploration.NEVER : new Exploration(state.nextAttempt());
    }

    /** A card whose memory is not measured has room for everything. */
    private WideRoom wideRoom(Worker worker) {
        List<CardRoom> cards = IntStream.range(0, worker.cards())
                .mapToObj(card -> new CardRoom(
                        state.forecast(worker, card),
                        worker.line(card).map(MemoryLine::roomBytes).orElse(Long.MAX_VALUE)))
                .toList();
        return new WideRoom(worker.device(), cards, state.speed(worker));
    }

    private Room room(Worker worker, MemoryLine line) {
        return new Room(
                worker.admission().device(),
                state.forecast(worker),
                state.speed(worker),
                line.roomBytes());
    }
}
