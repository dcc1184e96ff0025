package dev.plimsoll.engine.fold;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.OptimizerFold;
import dev.plimsoll.engine.kernels.OptimizerFold.Values;
import dev.plimsoll.engine.pass.LoadedModel;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.optimizer.SquaredNorm;
import dev.plimsoll.wire.run.ShardLayout;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The few numbers on the device that kernels leave for the host: a digest, and sums of squares. */
final class FoldCells implements AutoCloseable {

    /** The digest, and a count that nobody reads. */
    private static final int BEFORE_SUMS = 2;

    private final LoadedModel model;
    private final PinnedLink link;
    private final long[] digest = new long[1];
    private HeldScope scope;
    private Tensor cells;
    private int sums;

    FoldCells(LoadedModel model, PinnedLink link) {
        this.model = model;
        this.link = link;
        room(0);
    }

    /** Begins to measure a vector of all parameters. */
    void norms(OptimizerFold kernels, Values values, ShardLayout layout) {
        room(sums(layout, layout.shards()));
        model.script().clear(cells);
        for (int shard = 0; shard < layout.shards(); shard++) {
            long from = values.address() + layout.start(shard) * (values.bf16() ? 2 : 4);
            kernels.squaredNorm(
                    new Values(from, values.bf16()),
                    address(BEFORE_SUMS + sums(layout, shard)),
                    address(1),
                    layout.length(shard));
        }
    }

    /** The squared norm of each shard's part; waits for {@link #norms}. */
    double[] readNorms(ShardLayout layout) {
        double[] blocks = new double[sums(layout, layout.shards())];
        link.download(address(BEFORE_SUMS), MemorySegment.ofArray(blocks));
        double[] norms = new double[layout.shards()];
        for (int shard = 0; shard < norms.length; shard++) {
            norms[shard] = SquaredNorm.join(
                    Arrays.copyOfRange(blocks, sums(layout, shard), sums(layout, shard + 1)));
        }
        return norms;
    }

    /**
     * Begins to compute and to copy the digest of fp32 values.
     *
     * @param firstParameter of them, counted over the whole adapter
     */
    void digest(OptimizerFold kernels, long values, int firstParameter, int parameters) {
        model.script().clear(cells);
        kernels.digest(values, address(0), firstParameter, parameters);
        link.begin(address(0), Long.BYTES);
    }

    /** Waits for {@link #digest}. */
    long readDigest() {
        link.finish(address(0), MemorySegment.ofArray(digest));
        return digest[0];
    }

    /** Sums of the shards before this one. */
    private static int sums(ShardLayout layout, int shard) {
        int count = 0;
        for (int s = 0; s < shard; s++) {
            count += OptimizerFold.normSums(layout.length(s));
        }
        return count;
    }

    private void room(int wanted) {
        if (cells != null && wanted <= sums) {
            return;
        }
        close();
        scope = model.held().hold((long) Double.BYTES * (BEFORE_SUMS + wanted));
        cells = model.script()
                .zeros(
                        scope.scope(),
                        BEFORE_SUMS + wanted,
                        TorchDtype.FP64,
                        model.tensors().device());
        sums = wanted;
    }

    private long address(int cell) {
        return model.script().address(cells) + (long) Double.BYTES * cell;
    }

    @Override
    public void close() {
        if (scope != null) {
            scope.close();
            scope = null;
        }
    }
}
