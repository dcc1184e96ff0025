package dev.plimsoll.engine.nativelib;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.HashMap;
import java.util.Map;

/**
 * Products of bf16 matrices by NVIDIA's cuBLASLt, the library beneath PyTorch's own, on PyTorch's
 * stream. A call costs the host microseconds, adds to what is there already, and writes bf16 or
 * fp32 into any window. Lives as long as the process; belongs to one thread.
 */
@SuppressWarnings("restricted") // calling C is its purpose
public final class CublasLt {

    /** Of device memory that a product may use meanwhile. */
    public static final long WORKSPACE_BYTES = 32L << 20;

    // cublasLt.h, cublas_api.h and library_types.h
    private static final int COMPUTE_FP32 = 68;
    private static final int FP32 = 0;
    private static final int BF16 = 14;
    private static final int E4M3 = 28;
    private static final int TRANSPOSE_FIRST = 3;
    private static final int TRANSPOSE_SECOND = 4;
    private static final int TRANSPOSED = 1;
    private static final int FIRST_SCALE = 17;
    private static final int SECOND_SCALE = 18;
    private static final int FAST_ACCUMULATION = 25;
    private static final int FIRST_SCALE_MODE = 31;
    private static final int SECOND_SCALE_MODE = 32;
    private static final int SCALE_PER_ROW = 3;

    private static final String SET_PRODUCT = "cublasLtMatmulDescSetAttribute";

    private static final int MAX_ALIGNMENT = 256;
    private static final int MAX_PLANS = 4096;

    /**
     * d [m, n] = alpha * x.y + beta * c, all row-major, with x [m, k] and y [k, n].
     *
     * @param xTurned x lies in memory as [k, m], y as [n, k] where yTurned is set
     * @param ldx elements from a row in memory to the next, and so on; c has that of d
     * @param wide c and d are fp32, otherwise bf16
     * @param coded x and y are e4m3 with a scale per row of x and per column of y; then yTurned
     */
    public record Shape(
            int m,
            int n,
            int k,
            boolean xTurned,
            int ldx,
            boolean yTurned,
            int ldy,
            int ldd,
            boolean wide,
            boolean coded) {

        /** The same with a typical number of tokens, which are summed where x is turned. */
        Shape typical() {
            int rows = xTurned ? m : LtAlgorithms.typicalTokens(m);
            int inner = xTurned ? LtAlgorithms.typicalTokens(k) : k;
            return new Shape(rows, n, inner, xTurned, ldx, yTurned, ldy, ldd, wide, coded);
        }
    }

    /** A product at addresses that are multiples of so many bytes. */
    record Aligned(Shape shape, int x, int y, int c, int d) {

        Aligned typical() {
            return new Aligned(shape.typical(), x, y, c, d);
        }

        /** In the library's order. */
        int[] alignments() {
            return new int[] {y, x, c, d};
        }
    }

    private record Plan(LtAlgorithms.Described of, LtAlgorithms.Chosen by) {}

    /** How a matrix lies in memory, columns first. */
    private record Layout(int type, long rows, long columns, long ld) {}

    private record Turned(boolean x, boolean y, boolean coded) {}

    private final MemorySegment handle;
    private final MemorySegment workspace;
    private final MethodHandle multiply;
    private final MethodHandle setProduct;
    private final MemorySegment alpha = Arena.ofAuto().allocate(ValueLayout.JAVA_FLOAT);
    private final MemorySegment beta = Arena.ofAuto().allocate(ValueLayout.JAVA_FLOAT);
    private final MemorySegment pointer = Arena.ofAuto().allocate(ValueLayout.ADDRESS);
    private final Map<Aligned, Plan> plans = new HashMap<>();
    private final Map<Layout, MemorySegment> layouts = new HashMap<>();
    private final Map<Turned, MemorySegment> products = new HashMap<>();
    private final LtFunctions functions;
    private final LtAlgorithms algorithms;

    private CublasLt(
            ForeignLibrary library, LtFunctions functions, MemorySegment handle, long workspace) {
        this.functions = functions;
        this.handle = handle;
        this.workspace = MemorySegment.ofAddress(workspace);
        algorithms = new LtAlgorithms(new LtQuestions(functions, handle));
        setProduct = library.function(
                SET_PRODUCT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG);
        multiply = library.function(
                "cublasLtMatmul",
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS);
    }

    /**
     * Fails with an IllegalStateException where PyTorch has not loaded the library.
     *
     * @param workspace the address of {@link #WORKSPACE_BYTES} on the device, for good
     */
    public static CublasLt open(long workspace) {
        ForeignLibrary library = LoadedLibraries.find("libcublasLt")
                .flatMap(file -> ForeignLibrary.open(file.toString()))
                .orElseThrow(
                        () -> new IllegalStateException("this process has not loaded libcublasLt"));
        LtFunctions functions = new LtFunctions(library);
        return new CublasLt(library, functions, functions.made("cublasLtCreate"), workspace);
    }

    /** Queues the product; c may be d. */
    public void multiply(Shape shape, float scale, long x, long y, float keep, long c, long d) {
        Aligned wanted = new Aligned(shape, alignment(x), alignment(y), alignment(c), alignment(d));
        queue(plan(wanted), shape, scale, x, y, keep, c, d);
    }

    /** Queues the product of coded matrices, times the scales of x [m] and of y [n], in fp32. */
    public void multiplyCoded(
            Shape shape,
            long x,
            long scalesOfX,
            long y,
            long scalesOfY,
            float keep,
            long c,
            long d) {
        Aligned wanted = new Aligned(shape, alignment(x), alignment(y), alignment(c), alignment(d));
        Plan plan = plan(wanted);
        setScales(plan.of.product(), FIRST_SCALE, scalesOfY);
        setScales(plan.of.product(), SECOND_SCALE, scalesOfX);
        queue(plan, shape, 1, x, y, keep, c, d);
    }

    /** For each coded product: the way by {@link LtFunctions} takes the host longer. */
    private void setScales(MemorySegment product, int attribute, long scales) {
        pointer.set(ValueLayout.JAVA_LONG, 0, scales);
        int error;
        try {
            error = (int) setProduct.invokeExact(product, attribute, pointer, pointer.byteSize());
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(SET_PRODUCT + " cannot be called", e);
        }
        if (error != 0) {
            throw new IllegalStateException(SET_PRODUCT + " failed with code " + error);
        }
    }

    private void queue(
            Plan plan, Shape shape, float scale, long x, long y, float keep, long c, long d) {
        alpha.set(ValueLayout.JAVA_FLOAT, 0, scale);
        beta.set(ValueLayout.JAVA_FLOAT, 0, keep);
        int error;
        try {
            error = (int) multiply.invokeExact(
                    handle,
                    plan.of.product(),
                    alpha,
                    MemorySegment.ofAddress(y),
                    plan.of.first(),
                    MemorySegment.ofAddress(x),
                    plan.of.second(),
                    beta,
                    MemorySegment.ofAddress(c),
                    plan.of.result(),
                    MemorySegment.ofAddress(d),
                    plan.of.result(),
                    plan.by.algorithm(),
                    workspace,
                    plan.by.workspaceBytes(),
                    MemorySegment.NULL);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("cublasLtMatmul cannot be called", e);
        }
        if (error != 0) {
            throw new IllegalStateException(
                    "cublasLtMatmul of " + shape + " failed with code " + error);
        }
    }

    private static int alignment(long address) {
        return (int) Math.min(MAX_ALIGNMENT, Long.lowestOneBit(address | MAX_ALIGNMENT));
    }

    private Plan plan(Aligned wanted) {
        Plan known = plans.get(wanted);
        if (known != null) {
            return known;
        }
        if (plans.size() == MAX_PLANS) {
            forgetAll();
        }
        LtAlgorithms.Described of = described(wanted.shape);
        Plan made = new Plan(of, algorithms.choose(wanted, of, this::described));
        plans.put(wanted, made);
        return made;
    }

    /**
     * The library counts columns first: it computes the transposed product, whose first factor is y
     * and whose second is x.
     */
    private LtAlgorithms.Described described(Shape s) {
        int type = s.coded ? E4M3 : BF16;
        return new LtAlgorithms.Described(
                products.computeIfAbsent(new Turned(s.xTurned, s.yTurned, s.coded), this::product),
                s.yTurned ? layout(type, s.k, s.n, s.ldy) : layout(type, s.n, s.k, s.ldy),
                s.xTurned ? layout(type, s.m, s.k, s.ldx) : layout(type, s.k, s.m, s.ldx),
                layout(s.wide ? FP32 : BF16, s.n, s.m, s.ldd));
    }

    private MemorySegment product(Turned turned) {
        MemorySegment product = functions.made("cublasLtMatmulDescCreate", COMPUTE_FP32, FP32);
        if (turned.y) {
            functions.set(SET_PRODUCT, product, TRANSPOSE_FIRST, TRANSPOSED);
        }
        if (turned.x) {
            functions.set(SET_PRODUCT, product, TRANSPOSE_SECOND, TRANSPOSED);
        }
        if (turned.coded) {
            functions.set(SET_PRODUCT, product, FIRST_SCALE_MODE, SCALE_PER_ROW);
            functions.set(SET_PRODUCT, product, SECOND_SCALE_MODE, SCALE_PER_ROW);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment yes = arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1);
                functions.setBytes(SET_PRODUCT, product, FAST_ACCUMULATION, yes);
            }
            // the choice of an algorithm wants to see some scales
            pointer.set(ValueLayout.JAVA_LONG, 0, MAX_ALIGNMENT);
            functions.setBytes(SET_PRODUCT, product, FIRST_SCALE, pointer);
            functions.setBytes(SET_PRODUCT, product, SECOND_SCALE, pointer);
        }
        return product;
    }

    private MemorySegment layout(int type, long rows, long columns, long ld) {
        return layouts.computeIfAbsent(
                new Layout(type, rows, columns, ld),
                l -> functions.made("cublasLtMatrixLayoutCreate", type, rows, columns, ld));
    }

    private void forgetAll() {
        plans.clear();
        algorithms.clear();
        layouts.values().forEach(layout -> functions.call("cublasLtMatrixLayoutDestroy", layout));
        layouts.clear();
    }
}
