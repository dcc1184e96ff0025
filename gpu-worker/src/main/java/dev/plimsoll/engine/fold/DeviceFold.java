package dev.plimsoll.engine.fold;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.engine.SumSharing;
import dev.plimsoll.engine.TakenSum;
import dev.plimsoll.engine.WireVector;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.OptimizerFold;
import dev.plimsoll.engine.kernels.OptimizerFold.Values;
import dev.plimsoll.engine.kernels.OptimizerFold.Vectors;
import dev.plimsoll.engine.nativelib.CopyStream;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.StochasticBf16;
import dev.plimsoll.model.shapes.AdapterSizes;
import dev.plimsoll.model.shapes.Precision;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * On the device, by {@link OptimizerFold}: all kernels and copies are queued behind each other, and
 * only what the caller is given is waited for. For adapters in fp32 or bf16.
 */
final class DeviceFold implements AdapterFold {

    private static final System.Logger LOG = System.getLogger(DeviceFold.class.getName());

    private final EngineVectors vectors;
    private final AdamW adamW;
    private final OptimizerFold kernels;
    private final PinnedLink link;
    private final HeldScope scope;
    private final Tensor master;
    private final Tensor first;
    private final Tensor second;
    private final LayerCopies copies;
    private final FoldCells cells;
    private HeldScope takenScope;
    private Tensor takenTensor;
    private TensorDtype takenDtype;
    private boolean taken;
    private Progress progress;
    private long digest;
    private final LayerRanges ranges;
    /** Room for the sum of one layer. */
    private final Tensor added;

    private PartCopies partCopies;
    private boolean cannotCopyParts;

    /**
     * Takes all its memory on the device; where that is refused, nothing is held.
     *
     * @param link is closed with this
     */
    DeviceFold(
            EngineVectors vectors,
            AdamW adamW,
            OptimizerFold kernels,
            PinnedLink link,
            TensorDtype usualDtype) {
        this.vectors = vectors;
        this.adamW = adamW;
        this.kernels = kernels;
        this.link = link;
        this.scope = vectors.model().held();
        try {
            scope.hold(AdapterSizes.stateBytes(parameters()));
            master = zeros(scope, TorchDtype.FP32);
            first = zeros(scope, TorchDtype.FP32);
            second = zeros(scope, TorchDtype.FP32);
            ranges = new LayerRanges(vectors.layout());
            scope.hold((long) Float.BYTES * ranges.longest());
            added = script().zeros(
                            scope.scope(),
                            ranges.longest(),
                            TorchDtype.FP32,
                            vectors.model().tensors().device());
            copies = new LayerCopies(vectors.model(), vectors.layout(), scope);
            cells = new FoldCells(vectors.model(), link);
            takenRoom(usualDtype);
        } catch (RuntimeException e) {
            free();
            throw e;
        }
    }

    @Override
    public void load(AdapterState state) {
        taken = false;
        link.upload(MemorySegment.ofArray(state.master()), at(master));
        link.upload(MemorySegment.ofArray(state.firstMoment()), at(first));
        link.upload(MemorySegment.ofArray(state.secondMoment()), at(second));
        script().putVector(vectors.adapter().flat(), 0, master);
        progress = Progress.of(state);
        written();
    }

    @Override
    public TakenSum take(long contribution, TensorDtype dtype, ShardLayout layout) {
        WireVectors.require(layout, parameters());
        round(contribution, dtype);
        cells.norms(kernels, travels(takenTensor, dtype), layout);
        WireVector vector = bring(dtype);
        return new TakenSum(contribution, vector, cells.readNorms(layout));
    }

    @Override
    public WireVector takeVector(long contribution, TensorDtype dtype) {
        round(contribution, dtype);
        return bring(dtype);
    }

    /** The sum becomes what travels. */
    private void round(long contribution, TensorDtype dtype) {
        taken = false;
        takenRoom(dtype);
        if (dtype == TensorDtype.BF16) {
            StochasticBf16 rounding = StochasticBf16.ofContribution(contribution);
            kernels.round(
                    at(vectors.sum()),
                    at(takenTensor),
                    rounding,
                    vectors.firstParameter(),
                    parameters());
        } else {
            script().putVector(takenTensor, 0, vectors.sum());
        }
    }

    private WireVector bring(TensorDtype dtype) {
        script().clear(vectors.sum());
        int size = WireVectors.bytes(parameters(), dtype);
        link.begin(at(takenTensor), size);
        byte[] bytes = new byte[size]; // a large array takes Java as long as the copy
        link.finish(at(takenTensor), MemorySegment.ofArray(bytes));
        taken = true;
        return new WireVector(dtype, bytes);
    }

    @Override
    public Optional<SumParts> parts(SumSharing.Order order, SumParts.Listener listener) {
        WireVectors.require(order.layout(), parameters());
        if (!canCopyParts()) {
            return Optional.empty();
        }
        taken = false;
        takenRoom(order.dtype());
        try {
            partCopies.begin(order.dtype(), parameters(), listener);
        } catch (IllegalStateException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "gradients leave after the step: {0}",
                    e.getMessage());
            partCopies.close();
            partCopies = null;
            cannotCopyParts = true;
            return Optional.empty();
        }
        return Optional.of(new Parts(order));
    }

    private boolean canCopyParts() {
        if (partCopies == null && !cannotCopyParts) {
            partCopies = CopyStream.open().map(PartCopies::new).orElse(null);
            cannotCopyParts = partCopies == null;
        }
        return partCopies != null;
    }

    private final class Parts implements SumParts {
        private final SumSharing.Order order;

        private Parts(SumSharing.Order order) {
            this.order = order;
        }

        /** Everything here is queued behind what fills the scratch. */
        @Override
        public void layer(int layer) {
            int from = ranges.from(layer);
            int count = ranges.length(layer);
            if (count == 0) {
                return;
            }
            long into = at(takenTensor) + WireVectors.bytes(from, order.dtype());
            boolean rounds = order.dtype() == TensorDtype.BF16;
            long sum = rounds ? at(added) : into;
            long before = WireVectors.bytes(from, TensorDtype.F32);
            kernels.add(sum, new Values(at(vectors.sum()) + before, false), true, count);
            kernels.add(sum, new Values(at(vectors.scratch()) + before, false), false, count);
            if (rounds) {
                StochasticBf16 rounding = StochasticBf16.ofContribution(order.contribution());
                kernels.round(sum, into, rounding, (long) vectors.firstParameter() + from, count);
            }
            partCopies.copy(at(takenTensor), from, ranges.to(layer));
        }

        @Override
        public TakenSum finish() {
            cells.norms(kernels, travels(takenTensor, order.dtype()), order.layout());
            script().clear(vectors.sum());
            double[] norms = cells.readNorms(order.layout());
            WireVector vector = partCopies.finish();
            taken = true;
            return new TakenSum(order.contribution(), vector, norms);
        }

        @Override
        public void close() {
            partCopies.cancel();
        }
    }

    @Override
    public long foldTaken(FoldNumbers numbers) {
        if (!taken) {
            throw new IllegalStateException(
                    "no sum was taken since the state was loaded, or the parts of another were "
                            + "begun since and not finished");
        }
        return fold(numbers, travels(takenTensor, takenDtype));
    }

    @Override
    public long fold(FoldNumbers numbers, WireVector sum) {
        WireVectors.require(sum, parameters());
        progress.next(numbers); // before the copy
        link.upload(MemorySegment.ofArray(sum.bytes()), at(vectors.scratch()));
        return fold(numbers, travels(vectors.scratch(), sum.dtype()));
    }

    private long fold(FoldNumbers numbers, Values sum) {
        Progress next = progress.next(numbers);
        kernels.fold(
                new Vectors(at(master), at(first), at(second)),
                sum,
                numbers.gradientScale(),
                adamW.scalars(numbers.update(), numbers.learningRate()),
                adapter(),
                parameters());
        progress = next;
        return written();
    }

    /** The digest travels while the layers get their copies. */
    private long written() {
        cells.digest(kernels, at(master), vectors.firstParameter(), parameters());
        copies.write(kernels, adapter());
        digest = cells.readDigest();
        return digest;
    }

    @Override
    public long digest() {
        return digest;
    }

    /** For a vector that travels in that form; usually the one that is there. */
    private void takenRoom(TensorDtype dtype) {
        if (dtype == takenDtype) {
            return;
        }
        freeTaken();
        takenScope = vectors.model().held();
        takenScope.hold((long) parameters() * dtype.bytes());
        takenTensor = zeros(
                takenScope,
                switch (dtype) {
                    case F32 -> TorchDtype.FP32;
                    case BF16 -> TorchDtype.BF16;
                });
        takenDtype = dtype;
    }

    private void freeTaken() {
        takenDtype = null;
        if (takenScope != null) {
            takenScope.close();
            takenScope = null;
        }
    }

    private Values adapter() {
        return new Values(
                at(vectors.adapter().flat()), vectors.model().precision() == Precision.BF16);
    }

    private Values travels(Tensor tensor, TensorDtype dtype) {
        return new Values(at(tensor), dtype == TensorDtype.BF16);
    }

    private Tensor zeros(HeldScope into, int dtype) {
        return script().zeros(
                        into.scope(),
                        parameters(),
                        dtype,
                        vectors.model().tensors().device());
    }

    private int parameters() {
        return vectors.parameters();
    }

    private long at(Tensor tensor) {
        return script().address(tensor);
    }

    private LlamaScript script() {
        return vectors.model().script();
    }

    private void free() {
        freeTaken();
        if (cells != null) {
            cells.close();
        }
        scope.close();
    }

    @Override
    public void close() {
        if (partCopies != null) {
            partCopies.close();
        }
        link.close();
        free();
    }
}
