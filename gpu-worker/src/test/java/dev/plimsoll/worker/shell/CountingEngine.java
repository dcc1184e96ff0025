package dev.plimsoll.worker.shell;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.EngineCard;
import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.GpuMeter;
import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.SumSharing;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.Replica;
import dev.plimsoll.model.optimizer.SquaredNorm;
import dev.plimsoll.model.optimizer.StochasticBf16;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An engine for protocol tests: the "gradient" of a sequence adds its tokens to parameter number
 * ordinal, so a sum shows exactly which sequences entered it and how often. It folds like the real
 * one, and belongs to its thread like that.
 */
final class CountingEngine implements TrainingEngine {

    /** Bytes in use once a state is loaded. */
    static final int WITH_STATE = 60;

    private static final int PART = 3;

    private final Thread owner = Thread.currentThread();
    private final double[] sum;
    private final AdamW adamW;
    private Replica replica;
    private WireVector taken;
    private volatile long version = -1;
    private volatile int shared;

    CountingEngine(int parameters, OptimizerSettings optimizer) {
        sum = new double[parameters];
        adamW = new AdamW(optimizer);
    }

    /** Loaded or folded last. */
    long version() {
        return version;
    }

    private void requireOwner() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("the engine was used from " + Thread.currentThread());
        }
    }

    @Override
    public AdapterLayout layout() {
        throw new UnsupportedOperationException("a counting engine has no layout");
    }

    @Override
    public EngineDevice device() {
        return new EngineDevice("cpu", 0, "counting", "fp32", 1L << 30);
    }

    @Override
    public List<EngineCard> cards() {
        return List.of(new EngineCard(device(), meter(), 0, 1, true, true));
    }

    @Override
    public void loadAdapter(long newVersion, float[] flat) {
        throw new UnsupportedOperationException("a counting engine takes the whole state");
    }

    @Override
    public void loadState(AdapterState loaded) {
        requireOwner();
        replica = new Replica(
                0,
                loaded.version(),
                loaded.updates(),
                new AdamW.Vectors(loaded.master(), loaded.firstMoment(), loaded.secondMoment()));
        version = loaded.version();
    }

    @Override
    public long digest() {
        requireOwner();
        return replica.digest();
    }

    @Override
    public TakenSum takeSum(long contribution, TensorDtype dtype, ShardLayout layout) {
        requireOwner();
        float[] values = new float[sum.length];
        readGradientSum(0, values);
        zeroGradientSum();
        byte[] bytes = new byte[values.length * dtype.bytes()];
        switch (dtype) {
            case F32 ->
                ByteBuffer.wrap(bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .put(values);
            case BF16 -> StochasticBf16.ofContribution(contribution).encode(values, 0, bytes, 0);
        }
        taken = new WireVector(dtype, bytes);
        float[] travelling = decoded(taken);
        double[] squaredNorms = new double[layout.shards()];
        for (int shard = 0; shard < squaredNorms.length; shard++) {
            squaredNorms[shard] = SquaredNorm.of(Arrays.copyOfRange(
                    travelling, (int) layout.start(shard), (int) layout.start(shard + 1)));
        }
        return new TakenSum(contribution, taken, squaredNorms);
    }

    private static float[] decoded(WireVector vector) {
        return new TensorChunk(0, 0, "sum", 0, vector.dtype(), vector.bytes()).values();
    }

    @Override
    public long foldTaken(FoldNumbers numbers) {
        return fold(numbers, taken);
    }

    @Override
    public long fold(FoldNumbers numbers, WireVector of) {
        requireOwner();
        if (numbers.version() != version + 1) {
            throw new IllegalArgumentException(numbers + " after version " + version);
        }
        replica.fold(
                adamW,
                decoded(of),
                numbers.gradientScale(),
                numbers.update(),
                numbers.learningRate());
        version = numbers.version();
        return digest();
    }

    @Override
    public void loadAdapter(long newVersion, double[] flat) {
        throw new UnsupportedOperationException("a counting engine takes single precision");
    }

    @Override
    public MicroBatchResult.OfTraining train(
            List<PackedSequence> sequences,
            MemoryPlan plan,
            LayerListener progress,
            SumSharing sharing) {
        requireOwner();
        Optional<SumSharing.Order> order = sharing.order();
        int tokens = 0;
        int lossTokens = 0;
        for (PackedSequence sequence : sequences) {
            sum[Math.toIntExact(sequence.ordinal())] +=
                    Arrays.stream(sequence.tokens()).sum();
            tokens += sequence.tokens().length;
            lossTokens += sequence.lossTokens();
            progress.layer(1, 1);
        }
        order.ifPresent(of -> share(of, sharing));
        return new MicroBatchResult.Trained(
                lossTokens * 2.0, lossTokens, tokens, 100, 50, 200, 10, 20);
    }

    /** From the end on, as a backward pass would; what was handed over never changes. */
    private void share(SumSharing.Order order, SumSharing sharing) {
        TakenSum whole = takeSum(order.contribution(), order.dtype(), order.layout());
        int size = order.dtype().bytes();
        WireVector growing =
                new WireVector(order.dtype(), new byte[whole.vector().bytes().length]);
        for (int to = sum.length; to > 0; to -= PART) {
            int from = Math.max(0, to - PART);
            System.arraycopy(
                    whole.vector().bytes(),
                    from * size,
                    growing.bytes(),
                    from * size,
                    (to - from) * size);
            sharing.part(order.contribution(), growing, from, to);
        }
        taken = growing;
        shared = shared + 1;
        sharing.taken(new TakenSum(order.contribution(), growing, whole.squaredNorms()));
    }

    /** How many sums left with a micro-batch. */
    int shared() {
        return shared;
    }

    @Override
    public MicroBatchResult.OfEvaluation evaluate(
            List<PackedSequence> sequences, MemoryPlan plan, LayerListener progress) {
        requireOwner();
        int tokens = sequences.stream()
                .mapToInt(sequence -> sequence.tokens().length)
                .sum();
        int lossTokens = sequences.stream().mapToInt(PackedSequence::lossTokens).sum();
        progress.layer(1, 1);
        return new MicroBatchResult.Evaluated(lossTokens * 3.0, lossTokens, tokens, 100, 10);
    }

    @Override
    public double[] logits(PackedSequence sequence) {
        throw new UnsupportedOperationException("a counting engine has no logits");
    }

    @Override
    public void readGradientSum(int from, float[] into) {
        requireOwner();
        for (int i = 0; i < into.length; i++) {
            into[i] = (float) sum[from + i];
        }
    }

    @Override
    public void readGradientSum(int from, double[] into) {
        requireOwner();
        System.arraycopy(sum, from, into, 0, into.length);
    }

    @Override
    public void zeroGradientSum() {
        requireOwner();
        Arrays.fill(sum, 0);
    }

    @Override
    public GpuMeter meter() {
        return new GpuMeter() {
            @Override
            public MemoryReading read() {
                return new MemoryReading(version < 0 ? 50 : WITH_STATE, 100, 200, 300, 0, 1L << 30);
            }

            @Override
            public void resetPeak() {}
        };
    }

    @Override
    public int liveHandles() {
        return 1;
    }

    @Override
    public void close() {
        requireOwner();
    }
}
