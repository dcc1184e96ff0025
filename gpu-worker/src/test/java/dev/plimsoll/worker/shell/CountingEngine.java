package dev.plimsoll.worker.shell;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.EvaluationResult;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.GpuMeter;
import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.Arrays;
import java.util.List;

/**
 * An engine for protocol tests: the "gradient" of a sequence adds its tokens to parameter number
 * ordinal, so a sum shows exactly which sequences entered it and how often. Belongs to its thread
 * like the real one.
 */
final class CountingEngine implements TrainingEngine {

    private final Thread owner = Thread.currentThread();
    private final double[] sum;
    private volatile long loadedVersion = -1;

    CountingEngine(int parameters) {
        sum = new double[parameters];
    }

    long loadedVersion() {
        return loadedVersion;
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
    public void loadAdapter(long version, float[] flat) {
        requireOwner();
        if (flat.length != sum.length) {
            throw new IllegalArgumentException(
                    "an adapter of " + flat.length + " for " + sum.length);
        }
        loadedVersion = version;
    }

    @Override
    public void loadAdapter(long version, double[] flat) {
        throw new UnsupportedOperationException("a counting engine takes single precision");
    }

    @Override
    public MicroBatchResult train(
            List<PackedSequence> sequences, MemoryPlan plan, LayerListener progress) {
        requireOwner();
        int tokens = 0;
        int lossTokens = 0;
        for (PackedSequence sequence : sequences) {
            sum[Math.toIntExact(sequence.ordinal())] +=
                    Arrays.stream(sequence.tokens()).sum();
            tokens += sequence.tokens().length;
            lossTokens += sequence.lossTokens();
            progress.layer(1, 1);
        }
        return new MicroBatchResult.Trained(
                lossTokens * 2.0, lossTokens, tokens, 100, 50, 200, 10, 20);
    }

    @Override
    public EvaluationResult evaluate(List<PackedSequence> sequences, MemoryPlan plan) {
        throw new UnsupportedOperationException("a counting engine does not evaluate");
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
    public void loadState(AdapterState state) {
        throw new UnsupportedOperationException("a counting engine does not fold");
    }

    @Override
    public long digest() {
        throw new UnsupportedOperationException("a counting engine does not fold");
    }

    @Override
    public TakenSum takeSum(long contribution, TensorDtype dtype, ShardLayout layout) {
        throw new UnsupportedOperationException("a counting engine does not fold");
    }

    @Override
    public long foldTaken(FoldNumbers numbers) {
        throw new UnsupportedOperationException("a counting engine does not fold");
    }

    @Override
    public long fold(FoldNumbers numbers, WireVector sum) {
        throw new UnsupportedOperationException("a counting engine does not fold");
    }

    @Override
    public GpuMeter meter() {
        return new GpuMeter() {
            @Override
            public MemoryReading read() {
                return new MemoryReading(50, 100, 200, 300, 0, 1L << 30);
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
