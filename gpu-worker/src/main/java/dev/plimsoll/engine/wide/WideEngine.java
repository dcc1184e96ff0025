package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.EngineCard;
import dev.plimsoll.engine.EngineDevice;
import dev.plimsoll.engine.FailureReason;
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
import dev.plimsoll.engine.pass.PackedMicroBatch;
import dev.plimsoll.engine.stage.OffloadNeed;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

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
    private final WideAdapter adapter;
    private final List<EngineCard> cards;
    private List<StageTimes> times = List.of();
    private boolean closed;

    /** @param stages in the order of the layers */
    WideEngine(AdapterLayout layout, List<Stage> stages) {
        this.layout = layout;
        this.stages = List.copyOf(stages);
        this.adapter = new WideAdapter(this.stages, layout.totalParameters());
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
        adapter.load(version, flat);
    }

    @Override
    public void loadAdapter(long version, double[] flat) {
        requireOwner();
        adapter.load(version, flat);
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
            case Pipeline.NonFinite found ->
                located(nonFinite(work.chunks(), found.lossNats(), true), sequences);
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
                                done.memory())
                        .recomputing(done.attentionRecomputed());
            }
        };
    }

    private MicroBatchResult.Failed located(
            MicroBatchResult.Failed failed, List<PackedSequence> sequences) {
        String where = new SequentialPass(stages).nonFinite(sequences);
        return new MicroBatchResult.Failed(
                failed.reason(), failed.note() + "; first seen in " + where, 0);
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
        List<PackedMicroBatch> chunks = SequenceChunks.packed(
                sequences, plan.pipelineTokens(), layout.config().vocabSize());
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
        return new SequentialPass(stages).logits(sequence);
    }

    @Override
    public void readGradientSum(int from, float[] into) {
        requireOwner();
        adapter.readSum(from, into);
    }

    @Override
    public void readGradientSum(int from, double[] into) {
        requireOwner();
        adapter.readSum(from, into);
    }

    @Override
    public void zeroGradientSum() {
        requireOwner();
        adapter.clearSum();
    }

    @Override
    public void loadState(AdapterState state) {
        requireOwner();
        adapter.load(state);
    }

    @Override
    public TakenSum takeSum(long contribution, TensorDtype dtype, ShardLayout shards) {
        requireOwner();
        return adapter.take(contribution, dtype, shards);
    }

    @Override
    public long foldTaken(FoldNumbers numbers) {
        requireOwner();
        return adapter.foldTaken(numbers);
    }

    @Override
    public long fold(FoldNumbers numbers, WireVector sum) {
        requireOwner();
        return adapter.fold(numbers, sum);
    }

    @Override
    public long digest() {
        requireOwner();
        return adapter.digest();
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
            // several micro-batches may be under way
            stage.model().offload().prepare(bytes, Long.MAX_VALUE);
        });
    }

    /** Each card is read by itself. */
    @Override
    public void expectSequences(int longestTokens, MemoryReading card) {
        expectSequences(longestTokens);
    }

    @Override
    public void betweenSteps() {
        requireOwner();
        tell(stage -> stage.model().offload().betweenSteps());
    }

    @Override
    public long pinnedBytes() {
        return AllCards.ask(stages, stage -> stage.model().offload().pinnedBytes()).stream()
                .mapToLong(bytes -> bytes)
                .sum();
    }

    @Override
    public GpuMeter meter() {
        return cards.getFirst().meter();
    }

    @Override
    public int liveHandles() {
        return AllCards.ask(stages, stage -> stage.model().script().liveHandles()).stream()
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
        AllCards.tell(stages, order);
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
