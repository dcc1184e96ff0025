package dev.plimsoll.simulation;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FailureReason;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.SquaredNorm;
import dev.plimsoll.model.optimizer.StochasticBf16;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.tensor.TensorDtype;
import dev.plimsoll.worker.loop.Action;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.DoubleConsumer;

/**
 * Stands in for the engine and its thread: does its jobs in their order, each taking its time. Its
 * replica is a real one.
 */
final class SimEngine {
    static final int SMALLEST_CAPACITY_TOKENS = 150;
    private static final int LAYERS = 8;

    private static final int SHARD_DELAY_MILLIS = 4_000;

    private final SimWorld world;
    private final int worker;
    private final SplittableRandom random;
    private final int capacityTokens;
    private final WorkerDevice device;
    private final Deque<Job> jobs = new ArrayDeque<>();
    private final AdamW adamW;
    private final float[] sum;
    private SimReplica replica;
    /** What the replica would be if no bit of it had turned over; empty while none has. */
    private boolean damaged;

    /** What the weights still are of. */
    private Optional<SimReplica> stale = Optional.empty();

    /** For {@link Plant#EVALUATED_ON_ANOTHER_VERSION}: what it held before. */
    private Optional<SimReplica> past = Optional.empty();

    private float[] taken;
    private WireVector takenBytes;
    private long begunMillis = -1;
    private long doneMillis;

    /**
     * Taking so long; what is done at its end.
     *
     * @param during given how much of it is done, now and then
     */
    private record Job(long millis, DoubleConsumer during, Runnable end) {}

    SimEngine(SimWorld world, int worker, SplittableRandom random) {
        this.world = world;
        this.worker = worker;
        this.random = random;
        // the same card in every process of this worker
        this.capacityTokens =
                SMALLEST_CAPACITY_TOKENS + world.random("card-" + worker).nextInt(500);
        this.device = world.device(worker);
        this.adamW = new AdamW(world.run.optimizer());
        this.sum = new float[(int) world.layout.parameters()];
    }

    void submit(long millis, Runnable end) {
        submit(millis, done -> {}, end);
    }

    void submit(long millis, DoubleConsumer during, Runnable end) {
        jobs.add(new Job(millis, during, end));
    }

    void act() {
        while (!jobs.isEmpty()) {
            if (begunMillis < 0) {
                boolean slow = world.faults.holds(FaultKind.WORKER_SLOWS, worker);
                begunMillis = world.nowMillis;
                doneMillis = begunMillis + jobs.peek().millis() * (slow ? 20 : 1);
            }
            double length = Math.max(1, doneMillis - begunMillis);
            jobs.peek().during().accept(Math.min(1, (world.nowMillis - begunMillis) / length));
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

    long load(AdapterState state) {
        replica = SimReplica.of(adamW, state);
        past = Optional.empty();
        damaged = false;
        return replica.digest();
    }

    /** The version that it holds; -1 for none. */
    long version() {
        return replica == null ? -1 : replica.version();
    }

    /** A copy of what it holds. */
    AdapterState state() {
        SimReplica copy = replica.copy(version());
        return new AdapterState(
                version(),
                0,
                copy.vectors().p(),
                copy.vectors().m(),
                copy.vectors().v());
    }

    boolean isDamaged() {
        return damaged;
    }

    void zero() {
        Arrays.fill(sum, 0);
    }

    TakenSum take(long contribution, TensorDtype dtype) {
        WireVector vector =
                SimVectors.encode(sum, dtype, StochasticBf16.ofContribution(contribution));
        if (world.plant != Plant.SUM_OUTLIVES_CONTRIBUTION) {
            zero();
        }
        taken = SimVectors.decode(vector);
        takenBytes = inItsBuffer(vector);
        double[] squaredNorms = new double[world.layout.shards()];
        for (int shard = 0; shard < squaredNorms.length; shard++) {
            squaredNorms[shard] = SquaredNorm.of(SimVectors.part(taken, world.layout, shard));
        }
        return new TakenSum(contribution, takenBytes, squaredNorms);
    }

    /** The sum as it will travel when the micro-batch is in it; nothing that is in it changes. */
    WireVector sharing(Action.Train train, Action.Share share) {
        taken = null; // there is room for one
        float[] with = sum.clone();
        if (world.plant != Plant.SHARED_BEFORE_ITS_GRADIENTS) {
            long digest = trainsOn();
            ordinals(train).forEach(ordinal -> SimVectors.addGradient(with, ordinal, digest));
        }
        return SimVectors.encode(
                with, share.dtype(), StochasticBf16.ofContribution(share.contribution()));
    }

    /** For {@link Plant#SHARED_WITHOUT_ITS_LAST}: nothing was added. */
    MicroBatchResult asIfTrained(Action.Train train) {
        int lossTokens = lossTokens(ordinals(train));
        return new MicroBatchResult.Trained(lossTokens * 0.5, lossTokens, 1, 0, 0, 0, 0, 0);
    }

    private static List<Long> ordinals(Action.Train train) {
        return train.sequences().stream().map(PackedSequence::ordinal).toList();
    }

    private int lossTokens(List<Long> ordinals) {
        return ordinals.stream()
                .mapToInt(ordinal -> world.sample(ordinal).lossTokens())
                .sum();
    }

    /** For {@link Plant#TAKEN_SUM_OVERWRITTEN}: the one before has the same bytes. */
    private WireVector inItsBuffer(WireVector vector) {
        boolean fits = takenBytes != null
                && takenBytes.dtype() == vector.dtype()
                && world.plant == Plant.TAKEN_SUM_OVERWRITTEN;
        if (!fits) {
            return vector;
        }
        System.arraycopy(vector.bytes(), 0, takenBytes.bytes(), 0, vector.bytes().length);
        return takenBytes;
    }

    long foldTaken(FoldNumbers numbers) {
        return fold(numbers, taken);
    }

    long fold(FoldNumbers numbers, WireVector of) {
        return fold(numbers, SimVectors.decode(of));
    }

    private long fold(FoldNumbers numbers, float[] of) {
        stale = world.plant == Plant.TRAINS_ON_WRONG_VERSION
                ? Optional.of(replica.copy(version()))
                : Optional.empty();
        past = world.plant == Plant.EVALUATED_ON_ANOTHER_VERSION
                ? Optional.of(replica.copy(version()))
                : Optional.empty();
        replica.fold(numbers, of);
        if (!damaged && world.faults.strikes(FaultKind.WORKER_REPLICA_IS_DAMAGED, worker)) {
            damaged = true;
            replica.damage(random.nextInt(sum.length));
            delayAShard();
        }
        return replica.digest();
    }

    /** Long enough that a worker contributes before it is known what the shards hold. */
    private void delayAShard() {
        int shard = random.nextInt(world.layout.shards());
        world.faults.begin(new Fault(0, FaultKind.SHARD_PAUSES, shard, SHARD_DELAY_MILLIS));
    }

    /** On what it holds, damaged or not: none of it may get into a version. */
    void add(List<Long> ordinals) {
        long digest = trainsOn();
        ordinals.forEach(ordinal -> SimVectors.addGradient(sum, ordinal, digest));
    }

    private long trainsOn() {
        return stale.orElse(replica).digest();
    }

    /** The gradients are in the sum, or nothing is. */
    MicroBatchResult train(Action.Train train) {
        List<Long> ordinals = ordinals(train);
        Optional<MicroBatchResult> failure = failure(train.sequences(), train.plan());
        if (failure.isPresent()) {
            if (failure.get() instanceof MicroBatchResult.Failed failed
                    && failed.reason() == FailureReason.NON_FINITE
                    && world.plant == Plant.REJECTED_ALSO_TRAINED) {
                add(ordinals);
            }
            return failure.get();
        }
        return trained(train, ordinals);
    }

    private static int tokens(List<PackedSequence> sequences) {
        return sequences.stream().mapToInt(sequence -> sequence.tokens().length).sum();
    }

    private Optional<MicroBatchResult> failure(List<PackedSequence> sequences, MemoryPlan plan) {
        int room = plan.equals(Loading.FULLEST) ? capacityTokens : capacityTokens / 2;
        boolean isWide = !device.cards().isEmpty();
        int filling = isWide ? SimCards.longestChunk(sequences, plan) : tokens(sequences);
        if (filling > room) {
            return Optional.of(new MicroBatchResult.Failed(
                    FailureReason.OUT_OF_MEMORY,
                    "simulated",
                    1L << 30,
                    isWide ? filling % device.cards().size() : 0));
        }
        boolean poisonous = sequences.stream()
                .anyMatch(sequence ->
                        world.sample(sequence.ordinal()).ill() == SimSample.Ill.POISONOUS);
        return poisonous
                ? Optional.of(new MicroBatchResult.Failed(FailureReason.NON_FINITE, "simulated", 0))
                : Optional.empty();
    }

    /** On what it holds, damaged or not. */
    MicroBatchResult evaluate(Action.Evaluate evaluate) {
        Optional<MicroBatchResult> failure = failure(evaluate.sequences(), evaluate.plan());
        if (failure.isPresent()) {
            return failure.get();
        }
        double lossNats = 0;
        int lossTokens = 0;
        long digest = past.orElse(replica).digest();
        for (PackedSequence sequence : evaluate.sequences()) {
            lossNats += SimEvaluations.lossNats(world.sample(sequence.ordinal()), digest);
            lossTokens += sequence.lossTokens();
        }
        world.truth.evaluations().evaluated(evaluate.attempt(), lossNats);
        return new MicroBatchResult.Evaluated(
                lossNats, lossTokens, tokens(evaluate.sequences()), 0, 0);
    }

    private MicroBatchResult trained(Action.Train train, List<Long> ordinals) {
        add(ordinals);
        world.truth.trained(train.attempt(), ordinals, stale.orElse(replica).version());
        stale = Optional.empty();
        int lossTokens = lossTokens(ordinals);
        return new MicroBatchResult.Trained(
                lossTokens * 0.5,
                lossTokens,
                tokens(train.sequences()),
                0,
                0,
                SimCards.took(device, train.sequences(), train.plan()));
    }
}
