package dev.plimsoll.simulation;

import dev.plimsoll.engine.FailureReason;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.simulation.SimGradient.Grain;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.worker.loop.Action;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Stands in for the engine and its thread: does its jobs in their order, each taking its time. Its
 * sum is the list of what was really added.
 */
final class SimEngine {
    static final int SMALLEST_CAPACITY_TOKENS = 150;
    private static final int LAYERS = 8;

    private final SimWorld world;
    private final int worker;
    private final SplittableRandom random;
    private final int capacityTokens;
    private final Deque<Job> jobs = new ArrayDeque<>();
    private final List<Grain> sum = new ArrayList<>();
    private long version = -1;
    private long begunMillis = -1;
    private long doneMillis;

    /** Taking so long; what is done at its end. */
    private record Job(long millis, Runnable end) {}

    SimEngine(SimWorld world, int worker, SplittableRandom random) {
        this.world = world;
        this.worker = worker;
        this.random = random;
        // the same card in every process of this worker
        this.capacityTokens =
                SMALLEST_CAPACITY_TOKENS + world.random("card-" + worker).nextInt(500);
    }

    void submit(long millis, Runnable end) {
        jobs.add(new Job(millis, end));
    }

    void act() {
        while (!jobs.isEmpty()) {
            if (begunMillis < 0) {
                boolean slow = world.faults.holds(FaultKind.WORKER_SLOWS, worker);
                begunMillis = world.nowMillis;
                doneMillis = begunMillis + jobs.peek().millis() * (slow ? 20 : 1);
            }
            if (world.nowMillis < doneMillis) {
                return;
            }
            begunMillis = -1;
            jobs.poll().end().run();
        }
    }

    int layersDone() {
        return begunMillis < 0
                ? 0
                : (int) (LAYERS
                        * (world.nowMillis - begunMillis)
                        / Math.max(1, doneMillis - begunMillis));
    }

    /** A layer takes 1 to 20 ms. */
    long trainMillis() {
        return LAYERS * (1 + random.nextInt(20));
    }

    void load(long newVersion) {
        version = newVersion;
    }

    void zero() {
        sum.clear();
    }

    List<Grain> sum() {
        return List.copyOf(sum);
    }

    void add(List<Long> ordinals) {
        ordinals.forEach(ordinal -> sum.add(new Grain(ordinal, version)));
    }

    /** The gradients are in the sum, or nothing is. */
    MicroBatchResult train(Action.Train train) {
        List<Long> ordinals =
                train.sequences().stream().map(PackedSequence::ordinal).toList();
        int tokens = train.sequences().stream()
                .mapToInt(sequence -> sequence.tokens().length)
                .sum();
        int room = train.plan().equals(Loading.FULLEST) ? capacityTokens : capacityTokens / 2;
        if (tokens > room) {
            return new MicroBatchResult.Failed(FailureReason.OUT_OF_MEMORY, "simulated", 1L << 30);
        }
        if (ordinals.stream()
                .anyMatch(ordinal -> world.sample(ordinal).ill() == SimSample.Ill.POISONOUS)) {
            if (world.plant == Plant.REJECTED_ALSO_TRAINED) {
                add(ordinals);
            }
            return new MicroBatchResult.Failed(FailureReason.NON_FINITE, "simulated", 0);
        }
        return trained(train.attempt(), ordinals, tokens);
    }

    private MicroBatchResult trained(Attempt attempt, List<Long> ordinals, int tokens) {
        add(ordinals);
        world.truth.trained(attempt, ordinals);
        int lossTokens = ordinals.stream()
                .mapToInt(ordinal -> world.sample(ordinal).lossTokens())
                .sum();
        return new MicroBatchResult.Trained(lossTokens * 0.5, lossTokens, tokens, 0, 0, 0, 0, 0);
    }
}
