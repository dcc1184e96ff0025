package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.nativelib.OptimizerKernels;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.SquaredNorm;
import dev.plimsoll.model.optimizer.StochasticBf16;

/**
 * The arithmetic of {@link dev.plimsoll.model.optimizer} on a device, with the same bits, on
 * PyTorch's stream: every call returns before it is done. Vectors are addresses of n values without
 * gaps.
 */
public record OptimizerFold(OptimizerKernels kernels) {

    private static final int BLOCKS_A_PIECE = 32;

    /**
     * A vector on the device.
     *
     * @param bf16 fp32 otherwise
     */
    public record Values(long address, boolean bf16) {
        /** No vector. */
        public static final Values NONE = new Values(0, false);

        private int flag() {
            return bf16 ? 1 : 0;
        }
    }

    /** Addresses of fp32 vectors that an update changes, as {@link AdamW.Vectors}. */
    public record Vectors(long p, long m, long v) {}

    /** Fails as {@link OptimizerKernels#compile}. */
    public static OptimizerFold compile(int device) {
        return new OptimizerFold(OptimizerKernels.compile(device));
    }

    /**
     * {@link AdamW#fold}.
     *
     * @param copy becomes the parameters, in bf16 rounded to nearest; or {@link Values#NONE}
     */
    public void fold(
            Vectors vectors,
            Values sum,
            double gradientScale,
            AdamW.Scalars scalars,
            Values copy,
            long n) {
        kernels.adamw(
                OptimizerKernels.blocks(n),
                vectors.p(),
                vectors.m(),
                vectors.v(),
                sum.address(),
                sum.flag(),
                gradientScale,
                scalars.decay(),
                scalars.firstWeight(),
                scalars.secondWeight(),
                scalars.beta2(),
                scalars.stepSize(),
                scalars.rootBias(),
                scalars.epsilon(),
                copy.address(),
                copy.flag(),
                n);
    }

    /**
     * {@link StochasticBf16#encode}.
     *
     * @param values fp32
     * @param wire becomes their bf16, little endian as the device is
     * @param firstIndex the index of the first value in the whole adapter
     */
    public void round(long values, long wire, StochasticBf16 rounding, long firstIndex, long n) {
        kernels.roundStochastic(
                OptimizerKernels.blocks(n), values, wire, rounding.stream(), firstIndex, n);
    }

    /** Doubles that {@link #squaredNorm} writes; {@link SquaredNorm#join} of them is the norm. */
    public static int normSums(long n) {
        return OptimizerKernels.normBlocks(n);
    }

    /**
     * {@link SquaredNorm}, up to its last sum.
     *
     * @param sums {@link #normSums} doubles
     * @param notFinite an int that grows by the number of values that are NaN or infinite
     */
    public void squaredNorm(Values values, long sums, long notFinite, long n) {
        kernels.squaredNorm(
                OptimizerKernels.normBlocks(n),
                values.address(),
                values.flag(),
                sums,
                notFinite,
                n);
    }

    /**
     * {@link dev.plimsoll.model.optimizer.StateDigest}.
     *
     * @param values fp32
     * @param digest a long that grows by the digest
     */
    public void digest(long values, long digest, long firstIndex, long n) {
        kernels.stateDigest(OptimizerKernels.digestBlocks(n), values, digest, firstIndex, n);
    }

    /**
     * Copies a flat adapter to the matrices of the layers.
     *
     * @param table five longs for each piece, as in the source
     */
    public void spread(Values flat, long table, int pieces) {
        kernels.spreadAdapter(BLOCKS_A_PIECE, pieces, flat.address(), flat.flag(), table);
    }

    /** {@link dev.plimsoll.model.optimizer.GradientSum}: sum = values, or sum += values. */
    public void add(long sum, Values values, boolean isFirst, long n) {
        kernels.add(
                OptimizerKernels.blocks(n),
                sum,
                values.address(),
                values.flag(),
                isFirst ? 1 : 0,
                n);
    }
}
