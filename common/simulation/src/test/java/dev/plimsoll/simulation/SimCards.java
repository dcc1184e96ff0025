package dev.plimsoll.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.planner.state.PlannerState;
import dev.plimsoll.coordinator.planner.state.Worker;
import dev.plimsoll.engine.CardMemory;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.model.memory.Chunks;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerCard;
import dev.plimsoll.wire.protocol.WorkerDevice;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Workers with several cards, in some of the runs, beside workers with one. Each card has its own
 * size, and the one that others take memory of is always the same.
 */
final class SimCards {
    private static final Loading LOADING = new Loading(new SimPeaks());
    private static final int[][] SPLITS = {{2, 2}, {1, 2, 1}, {3, 1}};
    /** What a card needs of what the shapes say. */
    private static final double SCALE = 0.9;

    private SimCards() {}

    /** Not in the seeds that failed once: they are to take the same course. */
    private static boolean areIn(Scenario scenario) {
        return scenario.seed() % 5 > 2;
    }

    /** The same cards in every process of this worker; none for a worker with one card. */
    static List<WorkerCard> of(SimWorld world, int worker) {
        SplittableRandom random = world.random("cards-" + worker);
        if (!areIn(world.scenario) || random.nextBoolean()) {
            return List.of();
        }
        int[] layers = SPLITS[random.nextInt(SPLITS.length)];
        List<WorkerCard> cards = new ArrayList<>();
        int first = 0;
        for (int i = 0; i < layers.length; i++) {
            cards.add(new WorkerCard(
                    i,
                    "simulated",
                    random.nextLong(8_000_000, 64_000_000),
                    first,
                    layers[i],
                    i == 0,
                    i == layers.length - 1));
            first += layers[i];
        }
        return cards;
    }

    /** What its cards have now. */
    static MemoryMeasures memory(SimWorld world, int worker, List<WorkerCard> cards) {
        boolean invaded = world.faults.holds(FaultKind.WORKER_LOSES_MEMORY, worker);
        int victim = world.random("victim-" + worker).nextInt(cards.size());
        return MemoryMeasures.of(IntStream.range(0, cards.size())
                .mapToObj(card -> {
                    long total = cards.get(card).totalBytes();
                    long free = invaded && card == victim ? total / 8 : total;
                    return new MemoryMeasures(1, 1, 1, free, total - free, total);
                })
                .toList());
    }

    /** The tokens of the longest chunk: what fills the cards. */
    static int longestChunk(List<PackedSequence> sequences, MemoryPlan plan) {
        return Chunks.of(lengths(sequences), plan.pipelineTokens()).mostTokens();
    }

    /** What a micro-batch took of each card; of one card nothing that teaches. */
    static List<CardMemory> took(
            WorkerDevice device, List<PackedSequence> sequences, MemoryPlan plan) {
        return device.cards().isEmpty()
                ? List.of(new CardMemory(0, 0, 0))
                : LOADING.priorBytes(device, lengths(sequences), plan).stream()
                        .map(prior -> new CardMemory(1 + Math.round(SCALE * prior), 1, 1))
                        .toList();
    }

    private static List<Integer> lengths(List<PackedSequence> sequences) {
        return sequences.stream().map(sequence -> sequence.tokens().length).toList();
    }

    /**
     * Whatever is given out fits every card of its worker, by what is known then of the card and
     * its line: all but the last resort.
     */
    static void check(PlannerState before, List<JournalRecord> records, SimWorld world) {
        if (!areIn(world.scenario)) {
            return;
        }
        PlannerState state = before.copy();
        for (JournalRecord record : records) {
            switch (record) {
                case JournalRecord.MicroBatchDispatched is -> dispatched(state, is, world);
                case JournalRecord.MemoryLineChanged is -> moved(state, is, world);
                case JournalRecord.WorkerLost is -> lost(state, is, world);
                default -> {}
            }
            state.apply(record);
        }
    }

    private static void dispatched(
            PlannerState state, JournalRecord.MicroBatchDispatched is, SimWorld world) {
        if (is.plan().equals(Loading.FULLEST)) {
            return;
        }
        Worker worker = state.fleet().worker(is.workerId()).orElseThrow();
        List<Integer> lengths = is.ordinals().stream()
                .map(ordinal -> world.sample(ordinal).tokens().length)
                .toList();
        List<Long> priors = LOADING.priorBytes(worker.device(), lengths, is.plan());
        for (int card = 0; card < worker.cards(); card++) {
            if (worker.line(card).isPresent()) {
                assertThat(state.forecast(worker, card).bound(priors.get(card)))
                        .as("%s on %s", is, worker.cardLabel(card))
                        .isLessThanOrEqualTo(worker.line(card).orElseThrow().roomBytes());
            }
        }
        if (is.plan().cards().stream().distinct().count() > 1) {
            world.situations.add(Situation.CARDS_SAVE_UNLIKE_PARTS);
        }
    }

    private static void moved(
            PlannerState state, JournalRecord.MemoryLineChanged is, SimWorld world) {
        state.fleet()
                .worker(is.workerId())
                .filter(worker -> worker.isWide()
                        && worker.memory(is.card())
                                .filter(line -> line.lineBytes() > is.lineBytes())
                                .isPresent())
                .ifPresent(_ -> world.situations.add(Situation.ONE_CARDS_LINE_IS_LOWERED));
    }

    private static void lost(PlannerState state, JournalRecord.WorkerLost is, SimWorld world) {
        boolean wide =
                state.fleet().worker(is.workerId()).filter(Worker::isWide).isPresent();
        if (wide && state.fleet().ready().stream().anyMatch(worker -> !worker.isWide())) {
            world.situations.add(Situation.WIDE_WORKER_IS_LOST_BESIDE_ANOTHER);
        }
    }
}
