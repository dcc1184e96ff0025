package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.EngineCard;
import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.FailureReason;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.GpuMeter;
import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.MicroBatchResult;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.SumSharing;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.TrainingEngine;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.engine.fold.WireVectors;
import dev.plimsoll.engine.pass.PackedMicroBatch;
import dev.plimsoll.engine.stage.OffloadNeed;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One model over several cards: each has neighbouring layers, and the chunks of a micro-batch
 * follow each other through them. See decision 0180.
 *
 * <p>It does not hand a gradient sum over in parts: the sum stays until {@link #takeSum}.
 */
public final class WideEngine implements TrainingEngine {

    private final Thread owner = Thread.currentThread();
    private final AdapterLayout layout;
    private final List<Stage> stages;
    private final List<EngineCard> cards;
    private List<StageTimes> times = List.of();
    private boolean closed;

    /** @param stages in the order of the layers */
    WideEngine(AdapterLayout layout, List<Stage> stages) {
        this.layout = layout;
        this.stages = List.copyOf(stages);
        this.cards = stages.stream().map(Stage::card).toList();
    }

    @Override
    public AdapterLayout layout() {
        return layout;
    }

    @Override
    public EngineDevice device() {
        return cards.getFirst().device();
    }

    @Override
    public List<EngineCard> cards() {
        return cards;
    }

    /** What each card did in the micro-batch that was trained last; empty before the first. */
    public List<StageTimes> times() {
        return times;
    }

    @Override
    public void loadAdapter(long version, float[] flat) {
        requireOwner();
        requireValues(version, flat.length);
        tell(stage -> stage.adapter()
                .load(
                        version,
                        Arrays.copyOfRange(flat, stage.firstParameter(), stage.endParameter())));
    }

    @Override
    public void loadAdapter(long version, double[] flat) {
        requireOwner();
        requireValues(version, flat.length);
        tell(stage -> stage.adapter()
                .load(
                        version,
                        Arrays.copyOfRange(flat, stage.firstParameter(), stage.endParameter())));
    }

    private void requireValues(long version, int length) {
        if (length != layout.totalParameters()) {
            throw new IllegalArgumentException("version " + version + " of the adapter has "
                    + length + " values, the layout has " + layout.totalParameters());
        }
    }

    @Override
    public MicroBatchResult.OfTraining train(
            List<PackedSequence> sequences,
            MemoryPlan plan,
            LayerListener listener,
            SumSharing sharing) {
        requireOwner();
        StageRun.Work work = work(sequences, plan, listener, true);
        return switch (new Pipeline(stages, work).run()) {
            case Pipeline.Refused refused -> refused.failure();
            case Pipeline.NonFinite found -> nonFinite(work.chunks(), found.lossNats(), true);
            case Pipeline.Done done -> {
                times = done.times();
                long whole =
                        times.stream().mapToLong(StageTimes::wholeMicros).max().orElseThrow();
                long forward = forwardPart(whole);
                yield new MicroBatchResult.Trained(
                        done.lossNats(),
                        lossTokens(work.chunks()),
                        tokens(work.chunks()),
                        forward,
                        whole - forward,
                        done.memory());
            }
        };
    }

    /** The whole time, as the busiest card divides its own: cards do both at the same time. */
    private long forwardPart(long whole) {
        StageTimes busiest = times.stream()
                .max((a, b) -> Long.compare(a.busyMicros(), b.busyMicros()))
                .orElseThrow();
        return whole * busiest.forwardMicros() / Math.max(1, busiest.busyMicros());
    }

    private StageRun.Work work(
            List<PackedSequence> sequences,
            MemoryPlan plan,
            LayerListener listener,
            boolean training) {
        List<PackedMicroBatch> chunks =
                Chunks.packed(sequences, plan.pipelineTokens(), layout.config().vocabSize());
        int total = (training ? 2 : 1) * layout.config().layers() * chunks.size();
        return new StageRun.Work(
                chunks, plan, training, stages.size(), new Progress(listener, total));
    }

    /** Counts the layers of all cards and chunks together. */
    private static final class Progress implements LayerListener {
        private final LayerListener listener;
        private final int total;
        private int done;

        private Progress(LayerListener listener, int total) {
            this.listener = listener;
            this.total = total;
        }

        @Override
        public synchronized void layer(int ofCard, int totalOfCard) {
            listener.layer(++done, total);
        }
    }

    private static int tokens(List<PackedMicroBatch> chunks) {
        return chunks.stream().mapToInt(PackedMicroBatch::tokenCount).sum();
    }

    private static int lossTokens(List<PackedMicroBatch> chunks) {
        return chunks.stream().mapToInt(PackedMicroBatch::lossTokens).sum();
    }

    private static MicroBatchResult.Failed nonFinite(
            List<PackedMicroBatch> chunks, double lossNats, boolean training) {
        int sequences =
                chunks.stream().mapToInt(chunk -> chunk.bounds().length - 1).sum();
        String what = training && Double.isFinite(lossNats)
                ? "the loss is " + lossNats + ", but a gradient is not finite"
                : "the loss is " + lossNats;
        return new MicroBatchResult.Failed(
                FailureReason.NON_FINITE,
                what + " over " + tokens(chunks) + " tokens in " + sequences + " sequences",
                0);
    }

    @Override
    public MicroBatchResult.OfEvaluation evaluate(
            List<PackedSequence> sequences, MemoryPlan plan, LayerListener listener) {
        requireOwner();
        StageRun.Work work = work(sequences, plan, listener, false);
        long begun = System.nanoTime();
        return switch (new Pipeline(stages, work).run()) {
            case Pipeline.Refused refused -> refused.failure();
            case Pipeline.NonFinite found -> nonFinite(work.chunks(), found.lossNats(), false);
            case Pipeline.Done done ->
                new MicroBatchResult.Evaluated(
                        done.lossNats(),
                        lossTokens(work.chunks()),
                        tokens(work.chunks()),
                        TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begun),
                        done.memory());
        };
    }

    @Override
    public double[] logits(PackedSequence sequence) {
        requireOwner();
        return new Stroll(stages).logits(sequence);
    }

    @Override
    public void readGradientSum(int from, float[] into) {
        requireOwner();
        tell(stage -> {
            int start = Math.max(from, stage.firstParameter());
            int end = Math.min(from + into.length, stage.endParameter());
            if (start < end) {
                float[] part = new float[end - start];
                stage.model()
                        .tensors()
                        .read(stage.parts().sum(), start - stage.firstParameter(), part);
                System.arraycopy(part, 0, into, start - from, part.length);
            }
        });
    }

    @Override
    public void readGradientSum(int from, double[] into) {
        requireOwner();
        tell(stage -> {
            int start = Math.max(from, stage.firstParameter());
            int end = Math.min(from + into.length, stage.endParameter());
            if (start < end) {
                double[] part = new double[end - start];
                stage.model()
                        .tensors()
                        .read(stage.parts().sum(), start - stage.firstParameter(), part);
                System.arraycopy(part, 0, into, start - from, part.length);
            }
        });
    }

    @Override
    public void zeroGradientSum() {
        requireOwner();
        tell(stage -> stage.model().script().clear(stage.parts().sum()));
    }

    @Override
    public void loadState(AdapterState state) {
        requireOwner();
        state.require(layout.totalParameters());
        tell(stage ->
                stage.adapter().load(state.part(stage.firstParameter(), stage.endParameter())));
    }

    @Override
    public TakenSum takeSum(long contribution, TensorDtype dtype, ShardLayout shards) {
        requireFolding();
        WireVectors.require(shards, layout.totalParameters());
        byte[] bytes = new byte[WireVectors.bytes(layout.totalParameters(), dtype)];
        tell(stage -> {
            byte[] part =
                    stage.adapter().folding().takeVector(contribution, dtype).bytes();
            System.arraycopy(
                    part, 0, bytes, WireVectors.bytes(stage.firstParameter(), dtype), part.length);
        });
        WireVector vector = new WireVector(dtype, bytes);
        return new TakenSum(
                contribution, vector, WireVectors.squaredNorms(WireVectors.decode(vector), shards));
    }

    @Override
    public long foldTaken(FoldNumbers numbers) {
        requireFolding();
        return sum(Together.ask(stages, stage -> stage.adapter().folding().foldTaken(numbers)));
    }

    @Override
    public long fold(FoldNumbers numbers, WireVector sum) {
        requireFolding();
        WireVectors.require(sum, layout.totalParameters());
        return sum(Together.ask(
                stages, stage -> stage.adapter().folding().fold(numbers, part(sum, stage))));
    }

    private static WireVector part(WireVector whole, Stage stage) {
        return new WireVector(
                whole.dtype(),
                Arrays.copyOfRange(
                        whole.bytes(),
                        WireVectors.bytes(stage.firstParameter(), whole.dtype()),
                        WireVectors.bytes(stage.endParameter(), whole.dtype())));
    }

    @Override
    public long digest() {
        requireFolding();
        return sum(Together.ask(stages, stage -> stage.adapter().folding().digest()));
    }

    /** Digests of parts add up to that of the whole. */
    private static long sum(List<Long> digests) {
        return digests.stream().mapToLong(digest -> digest).sum();
    }

    private void requireFolding() {
        requireOwner();
        stages.getFirst().thread().call(() -> stages.getFirst().adapter().folding());
    }

    @Override
    public void expectSequences(int longestTokens) {
        requireOwner();
        tell(stage -> {
            long bytes = OffloadNeed.of(
                            stage.parts().layout(),
                            stage.parts().device(),
                            stage.parts().meter().read())
                    .bytes(stage.model().sizes(), longestTokens);
            stage.model().offload().prepare(bytes);
        });
    }

    @Override
    public void betweenSteps() {
        requireOwner();
        tell(stage -> stage.model().offload().betweenSteps());
    }

    @Override
    public long pinnedBytes() {
        return Together.ask(stages, stage -> stage.model().offload().pinnedBytes()).stream()
                .mapToLong(bytes -> bytes)
                .sum();
    }

    @Override
    public GpuMeter meter() {
        return cards.getFirst().meter();
    }

    @Override
    public int liveHandles() {
        return Together.ask(stages, stage -> stage.model().script().liveHandles()).stream()
                .mapToInt(handles -> handles)
                .sum();
    }

    @Override
    public void close() {
        requireOwner();
        closed = true;
        try {
            tell(Stage::close);
        } finally {
            stages.forEach(stage -> stage.thread().close());
        }
    }

    private void tell(Consumer<Stage> order) {
        Together.tell(stages, order);
    }

    private void requireOwner() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("the engine belongs to thread " + owner.getName()
                    + " and was called by " + Thread.currentThread().getName());
        }
        if (closed) {
            throw new IllegalStateException("the engine is closed");
        }
    }
}
