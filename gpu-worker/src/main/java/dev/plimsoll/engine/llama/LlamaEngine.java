package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.CardMemory;
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
import dev.plimsoll.engine.device.Refusal;
import dev.plimsoll.engine.fold.AdapterFold;
import dev.plimsoll.engine.fold.SumParts;
import dev.plimsoll.engine.pass.LlamaPass;
import dev.plimsoll.engine.pass.LoadedModel;
import dev.plimsoll.engine.pass.LossHead;
import dev.plimsoll.engine.pass.NonFiniteSearch;
import dev.plimsoll.engine.pass.PackedMicroBatch;
import dev.plimsoll.engine.pass.Phase;
import dev.plimsoll.engine.pass.PhaseClock;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.stage.FoldingAdapter;
import dev.plimsoll.engine.stage.OffloadNeed;
import dev.plimsoll.engine.stage.StageParts;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/** The engine for Llamas; see llama.py for the maths. */
final class LlamaEngine implements TrainingEngine {

    /** For logits: nothing is kept anyway, and there is no loss head. */
    private static final MemoryPlan LOGITS_PLAN = new MemoryPlan(0, 1024, 0);

    private static final SumParts NOT_SHARED = new SumParts() {
        @Override
        public void layer(int layer) {}

        @Override
        public TakenSum finish() {
            throw new IllegalStateException("the sum is not shared");
        }

        @Override
        public void close() {}
    };

    private final Thread owner = Thread.currentThread();
    private final StageParts parts;
    private final LoadedModel model;
    private final FoldingAdapter adapter;
    private boolean closed;

    LlamaEngine(StageParts parts) {
        this.parts = parts;
        this.model = parts.model();
        this.adapter = new FoldingAdapter(parts, 0);
    }

    @Override
    public AdapterLayout layout() {
        return parts.layout();
    }

    @Override
    public EngineDevice device() {
        return parts.device();
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
        PackedMicroBatch in = PackedMicroBatch.of(sequences, model.config().vocabSize());
        return unlessRefused(
                () -> {
                    MicroBatchResult.OfTraining result = trainPacked(in, plan, listener, sharing);
                    return result instanceof MicroBatchResult.Failed failed
                            ? located(failed, sequences, plan)
                            : result;
                },
                refused -> refused);
    }

    /** A refused allocation is a result; everything is freed by then (engine rule 10). */
    private <R> R unlessRefused(Supplier<R> pass, Function<MicroBatchResult.Failed, R> refused) {
        MicroBatchResult.Failed failure;
        try {
            return pass.get();
        } catch (RuntimeException e) {
            failure = Refusal.of(e).orElseThrow(() -> e);
        }
        failure = Refusal.reached(failure, meter().read());
        meter().trim(0);
        return refused.apply(failure);
    }

    private MicroBatchResult.OfTraining trainPacked(
            PackedMicroBatch in, MemoryPlan given, LayerListener listener, SumSharing sharing) {
        MemoryPlan plan = LlamaPass.reserve(
                model, in.tokenCount(), 1, given.ofCard(0, 0, model.config().layers()));
        GpuMeter meter = meter();
        meter.resetPeak();
        model.script().clear(parts.scratch());
        double lossNats;
        double check;
        PhaseClock clock = parts.clock();
        clock.start();
        try (LlamaPass pass = new LlamaPass(model, in, plan, listener)) {
            Tensor x = pass.forward(true);
            clock.mark(Phase.FORWARD);
            LossHead.Result head = pass.head(x, true);
            clock.mark(Phase.HEAD);
            try (SumParts shared = parts(sharing)) {
                pass.backward(head.carrier(), shared::layer);
                clock.mark(Phase.BACKWARD);
                // The only wait for the device, at the end.
                check = model.script().commit(parts.sum(), parts.scratch(), head.loss());
                lossNats = model.script().item(head.loss());
                if (shared != NOT_SHARED && Double.isFinite(check)) {
                    sharing.taken(shared.finish());
                }
            }
        }
        Map<Phase, Long> micros = clock.micros();
        if (!Double.isFinite(check)) {
            return nonFinite(
                    Double.isFinite(lossNats)
                            ? "the loss is " + lossNats + ", but a gradient is not finite"
                            : "the loss is " + lossNats,
                    in);
        }
        model.dense().trained(in);
        return new MicroBatchResult.Trained(
                        lossNats,
                        in.lossTokens(),
                        in.tokenCount(),
                        micros.get(Phase.FORWARD) + micros.get(Phase.HEAD),
                        micros.get(Phase.BACKWARD),
                        List.of(CardMemory.of(meter.read())))
                .recomputing(given.keepAttention() && !plan.keepAttention());
    }

    private SumParts parts(SumSharing sharing) {
        return adapter.fold()
                .flatMap(fold -> sharing.order()
                        .flatMap(order -> fold.parts(
                                order,
                                (vector, from, to) ->
                                        sharing.part(order.contribution(), vector, from, to))))
                .orElse(NOT_SHARED);
    }

    private MicroBatchResult.Failed located(
            MicroBatchResult.Failed failed, List<PackedSequence> sequences, MemoryPlan plan) {
        String where = new NonFiniteSearch(model, layout(), adapter.flat(), parts.scratch())
                .locate(sequences, plan);
        return new MicroBatchResult.Failed(
                failed.reason(), failed.note() + "; first seen in " + where, 0);
    }

    private static MicroBatchResult.Failed nonFinite(String what, PackedMicroBatch in) {
        String note = what + " over " + in.tokenCount() + " tokens in " + (in.bounds().length - 1)
                + " sequences";
        return new MicroBatchResult.Failed(FailureReason.NON_FINITE, note, 0);
    }

    @Override
    public MicroBatchResult.OfEvaluation evaluate(
            List<PackedSequence> sequences, MemoryPlan plan, LayerListener listener) {
        requireOwner();
        PackedMicroBatch in = PackedMicroBatch.of(sequences, model.config().vocabSize());
        return unlessRefused(() -> evaluatePacked(in, plan, listener), refused -> refused);
    }

    private MicroBatchResult.OfEvaluation evaluatePacked(
            PackedMicroBatch in, MemoryPlan plan, LayerListener listener) {
        meter().resetPeak();
        long begun = System.nanoTime();
        double lossNats;
        try (LlamaPass pass = new LlamaPass(model, in, plan, listener)) {
            // waits for the device
            lossNats = model.script().item(pass.head(pass.forward(false), false).loss());
        }
        long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begun);
        return Double.isFinite(lossNats)
                ? new MicroBatchResult.Evaluated(
                        lossNats,
                        in.lossTokens(),
                        in.tokenCount(),
                        micros,
                        List.of(CardMemory.of(meter().read())))
                : nonFinite("the loss is " + lossNats, in);
    }

    @Override
    public double[] logits(PackedSequence sequence) {
        requireOwner();
        PackedMicroBatch in =
                PackedMicroBatch.of(List.of(sequence), model.config().vocabSize());
        double[] values =
                new double[Math.multiplyExact(in.tokenCount(), model.config().vocabSize())];
        try (LlamaPass pass = new LlamaPass(model, in, LOGITS_PLAN, LayerListener.NONE)) {
            model.tensors().read(pass.logits(pass.forward(false)), 0, values);
        }
        return values;
    }

    @Override
    public void readGradientSum(int from, float[] into) {
        requireOwner();
        model.tensors().read(parts.sum(), from, into);
    }

    @Override
    public void readGradientSum(int from, double[] into) {
        requireOwner();
        model.tensors().read(parts.sum(), from, into);
    }

    @Override
    public void zeroGradientSum() {
        requireOwner();
        model.script().clear(parts.sum());
    }

    @Override
    public void loadState(AdapterState state) {
        requireOwner();
        state.require(layout().totalParameters());
        adapter.load(state);
    }

    @Override
    public TakenSum takeSum(long contribution, TensorDtype dtype, ShardLayout layout) {
        return folding().take(contribution, dtype, layout);
    }

    @Override
    public long foldTaken(FoldNumbers numbers) {
        return folding().foldTaken(numbers);
    }

    @Override
    public long fold(FoldNumbers numbers, WireVector sum) {
        return folding().fold(numbers, sum);
    }

    @Override
    public long digest() {
        return folding().digest();
    }

    private AdapterFold folding() {
        requireOwner();
        return adapter.folding();
    }

    @Override
    public void expectSequences(int longestTokens, MemoryReading card) {
        requireOwner();
        OffloadNeed need = OffloadNeed.of(parts.layout(), device(), card);
        model.offload()
                .prepare(
                        need.bytes(model.sizes(), longestTokens),
                        need.mostBytes(model.sizes(), longestTokens));
    }

    @Override
    public void betweenSteps() {
        requireOwner();
        model.offload().betweenSteps();
    }

    @Override
    public long pinnedBytes() {
        return model.offload().pinnedBytes();
    }

    @Override
    public GpuMeter meter() {
        return parts.meter();
    }

    @Override
    public int liveHandles() {
        return model.script().liveHandles();
    }

    @Override
    public void close() {
        requireOwner();
        closed = true;
        adapter.close();
        parts.close();
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
