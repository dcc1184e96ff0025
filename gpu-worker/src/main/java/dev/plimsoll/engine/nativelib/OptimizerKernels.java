package dev.plimsoll.engine.nativelib;

/**
 * optimizer.cu: one method for each kernel, with the kernel's arguments in its order, behind the
 * number of blocks. A long is an address on the device, a number that goes with indexes, or a
 * count. Formulas are in the source.
 */
public final class OptimizerKernels {

    private static final int THREADS = 256;
    /** Of SquaredNorm. */
    private static final int NORM_BLOCK = 32_768;

    private static final int DIGEST_BLOCK = 16 * THREADS;

    private final KernelModule module;

    private OptimizerKernels(KernelModule module) {
        this.module = module;
    }

    /**
     * Compiles for the architecture of the device, in IEEE arithmetic. Fails with an
     * IllegalStateException when a library or the compiler is missing, or with the compiler's
     * words.
     */
    public static OptimizerKernels compile(int device) {
        return new OptimizerKernels(KernelModule.compile(
                "optimizer.cu",
                device,
                "--fmad=false",
                "--ftz=false",
                "--prec-div=true",
                "--prec-sqrt=true"));
    }

    /** Blocks for one thread a value. */
    public static int blocks(long values) {
        return Math.toIntExact(Math.ceilDiv(values, (long) THREADS));
    }

    /** Blocks of squaredNorm, each of which writes a number. */
    public static int normBlocks(long values) {
        return Math.toIntExact(Math.ceilDiv(values, (long) NORM_BLOCK));
    }

    /** Blocks of stateDigest. */
    public static int digestBlocks(long values) {
        return Math.toIntExact(Math.ceilDiv(values, (long) DIGEST_BLOCK));
    }

    /** p, m and v become the next version's; copy, where it is not 0, becomes p rounded. */
    public void adamw(
            int blocks,
            long p,
            long m,
            long v,
            long sum,
            int sumBf16,
            double gradientScale,
            float decay,
            float firstWeight,
            float secondWeight,
            float beta2,
            float stepSize,
            float rootBias,
            float epsilon,
            long copy,
            int copyBf16,
            long n) {
        module.launch(
                "adamw",
                blocks,
                1,
                THREADS,
                p,
                m,
                v,
                sum,
                sumBf16,
                gradientScale,
                decay,
                firstWeight,
                secondWeight,
                beta2,
                stepSize,
                rootBias,
                epsilon,
                copy,
                copyBf16,
                n);
    }

    /** wire = values rounded to bf16 by the random bits of the stream. */
    public void roundStochastic(
            int blocks, long values, long wire, long stream, long first, long n) {
        module.launch("round_stochastic", blocks, 1, THREADS, values, wire, stream, first, n);
    }

    /**
     * sums (doubles) = the sum of squares of each block; notFinite (unsigned) += values that are
     * not.
     */
    public void squaredNorm(
            int blocks, long values, int valuesBf16, long sums, long notFinite, long n) {
        module.launch("squared_norm", blocks, 1, THREADS, values, valuesBf16, sums, notFinite, n);
    }

    /** digest (64 bits) += that of the values. */
    public void stateDigest(int blocks, long values, long digest, long first, long n) {
        module.launch("state_digest", blocks, 1, THREADS, values, digest, first, n);
    }

    /** Copies pieces of flat, one in each row of blocks, to the addresses that they name. */
    public void spreadAdapter(int blocksX, int blocksY, long flat, int flatBf16, long pieces) {
        module.launch("spread_adapter", blocksX, blocksY, THREADS, flat, flatBf16, pieces);
    }

    /** sum = values if isFirst is 1, else sum += values. */
    public void add(int blocks, long sum, long values, int valuesBf16, int isFirst, long n) {
        module.launch("add", blocks, 1, THREADS, sum, values, valuesBf16, isFirst, n);
    }
}
