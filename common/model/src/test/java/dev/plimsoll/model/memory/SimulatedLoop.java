package dev.plimsoll.model.memory;

import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** The composing half of the memory loop on a {@link PlantedCard}, with the memory of an 8B. */
final class SimulatedLoop {

    static final WorkerDevice DEVICE = new WorkerDevice("cuda", "card", "bf16", 0);
    static final PeakModel LLAMA_8B = PeakModel.of(
            RandomModel.shape("8b"),
            new LoraSettings(16, 32, false, EnumSet.allOf(Projection.class)));

    /** A card of 24 GB at its line, beyond weights, adapter, moments and context. */
    static final long ROOM_OF_24_GB = 4_600_000_000L;

    /**
     * What a micro-batch was and took. {@code bestMicros}: under the best plan, by what is planted.
     */
    record Trained(
            MemoryPlan plan, Lengths lengths, long micros, double bestMicros, boolean alone) {}

    final List<Trained> trained = new ArrayList<>();
    SpeedForecast speed = SpeedForecast.START;
    Regret regret = Regret.NONE;

    private final List<Ladder.Rung> ladder;
    private final Loading loading;
    private final PlantedCard card;
    private final long roomBytes;
    private final SplittableRandom random;
    private MemoryForecast memory = MemoryForecast.START;

    SimulatedLoop(PlantedCard card, long roomBytes, long seed) {
        this(card, roomBytes, seed, Ladder.of(PlantedCard.LAYERS));
    }

    /** @param ladder what may be chosen */
    SimulatedLoop(PlantedCard card, long roomBytes, long seed, List<Ladder.Rung> ladder) {
        this.ladder = ladder;
        this.loading = new Loading(LLAMA_8B, ladder);
        this.card = card;
        this.roomBytes = roomBytes;
        this.random = new SplittableRandom(seed);
    }

    /** Lengths of samples as GSM8K's, 500 tokens in the mean; one in a hundred 24k to 28k. */
    static List<int[]> steps(int steps, int samples, boolean longOnes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<int[]> all = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
            int first = step * samples;
            int[] lengths = new int[samples];
            for (int i = 0; i < samples; i++) {
                lengths[i] = longOnes && (first + i) % 100 == 50
                        ? random.nextInt(24_000, 28_001)
                        : random.nextInt(200, 801);
            }
            all.add(lengths);
        }
        return all;
    }

    void step(int[] lengths) {
        TreeSet<SequenceRef> waiting = new TreeSet<>(Composer.BY_LENGTH);
        for (int i = 0; i < lengths.length; i++) {
            waiting.add(new SequenceRef(i, lengths[i], lengths[i], 1));
        }
        while (!waiting.isEmpty()) {
            microBatch(waiting);
        }
    }

    private void microBatch(TreeSet<SequenceRef> waiting) {
        Room room = new Room(DEVICE, memory, speed, roomBytes);
        Exploration exploration = new Exploration(trained.size() + 1);
        int wanted = (int)
                Math.ceilDiv(waiting.stream().mapToLong(SequenceRef::tokens).sum(), 2L);
        Loading.Load load = loading.choose(room, wanted, waiting.last().tokens(), exploration);
        List<SequenceRef> packed = Composer.pack(waiting, load.maxTokens(), waiting.size());
        packed.forEach(waiting::remove);
        Lengths lengths = Lengths.of(packed);
        Loading.Planned planned = loading.plan(room, load, lengths, exploration);
        long micros = card.measured(planned.plan(), lengths, random);
        boolean alone = lengths.tokens() > load.maxTokens();
        trained.add(new Trained(
                planned.plan(), lengths, micros, best(room, wanted, lengths, alone), alone));
        long prior = LLAMA_8B.workBytes(DEVICE, lengths.tokens(), planned.plan());
        long peak = Math.round(prior * (1 + 0.001 * random.nextGaussian()));
        if (peak > roomBytes) {
            throw new AssertionError(peak + " bytes in " + roomBytes);
        }
        memory = memory.learn(prior, peak);
        Timed timed = loading.timed(lengths, planned.plan());
        speed = speed.learn(timed.plan(), timed.cost(), timed.lengths(), micros);
        regret = regret.with(planned.bestMicros(), micros);
    }

    /** Of the same sequences alone, or in micro-batches as large as each plan allows. */
    private double best(Room room, int wanted, Lengths lengths, boolean alone) {
        double best = Double.POSITIVE_INFINITY;
        for (Ladder.Rung rung : ladder) {
            int most = loading.mostTokens(room, alone ? lengths.tokens() : wanted, rung.plan());
            if (most == 0 || alone && most < lengths.tokens()) {
                continue;
            }
            double micros = card.micros(rung.plan(), lengths.scaledTo(most));
            best = Math.min(best, micros / most * lengths.tokens());
        }
        return best;
    }

    /** What was lost to other plans, from a micro-batch on. */
    double plantedRegret(int from) {
        double best = 0;
        double took = 0;
        for (Trained one : trained.subList(from, trained.size())) {
            best += one.bestMicros();
            took += card.micros(one.plan(), one.lengths());
        }
        return 1 - best / took;
    }

    double tokensPerSecond() {
        long tokens = trained.stream().mapToLong(one -> one.lengths().tokens()).sum();
        return tokens * 1e6 / trained.stream().mapToLong(Trained::micros).sum();
    }

    /** Of micro-batches with long sequences, or of the others. */
    double tokensPerSecond(boolean longOnes) {
        List<Trained> those = trained.stream()
                .filter(one -> one.lengths().meanLength() > 4_096 == longOnes)
                .toList();
        long tokens = those.stream().mapToLong(one -> one.lengths().tokens()).sum();
        return tokens * 1e6 / those.stream().mapToLong(Trained::micros).sum();
    }

    /**
     * So many samples a micro-batch in the order of arrival, all under one plan; 0 where one of
     * them does not fit.
     */
    static double fixedBatch(
            PlantedCard card, long roomBytes, List<int[]> steps, int samples, MemoryPlan plan) {
        double micros = 0;
        long tokens = 0;
        for (int[] step : steps) {
            for (int from = 0; from < step.length; from += samples) {
                List<SequenceRef> batch = new ArrayList<>();
                for (int i = from; i < Math.min(step.length, from + samples); i++) {
                    batch.add(new SequenceRef(i, step[i], step[i], 1));
                }
                Lengths lengths = Lengths.of(batch);
                if (LLAMA_8B.workBytes(DEVICE, lengths.tokens(), plan) > roomBytes) {
                    return 0;
                }
                micros += card.micros(plan, lengths);
                tokens += lengths.tokens();
            }
        }
        return tokens * 1e6 / micros;
    }
}
