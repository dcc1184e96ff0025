package dev.plimsoll.engine.nativelib;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
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
    private static final int MAX_WORKSPACE = 1;
    private static final int FIRST_ALIGNMENT = 5;
    private static final int ALGORITHM_BYTES = 64;
    private static final int HEURISTIC_BYTES = 96;

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
            boolean coded) {}

    private record Aligned(Shape shape, int x, int y, int c, int d) {}

    /** @param algorithm its description in the library's own form */
    private record Plan(
            MemorySegment product,
            MemorySegment first,
            MemorySegment second,
            MemorySegment result,
            MemorySegment algorithm,
            long workspaceBytes) {}

    private final ForeignLibrary library;
    private final MemorySegment handle;
    private final MemorySegment workspace;
    private final MethodHandle multiply;
    private final MemorySegment alpha = Arena.ofAuto().allocate(ValueLayout.JAVA_FLOAT);
    private final MemorySegment beta = Arena.ofAuto().allocate(ValueLayout.JAVA_FLOAT);
    private final MemorySegment pointer = Arena.ofAuto().allocate(ValueLayout.ADDRESS);
    private final Map<Aligned, Plan> plans = new HashMap<>();
    private final Map<String, MethodHandle> functions = new HashMap<>();

    private CublasLt(ForeignLibrary library, MemorySegment handle, long workspace) {
        this.library = library;
        this.handle = handle;
        this.workspace = MemorySegment.ofAddress(workspace);
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
        MethodHandle create = library.function("cublasLtCreate", ValueLayout.ADDRESS);
        return new CublasLt(library, made("cublasLtCreate", create), workspace);
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
        pointer.set(ValueLayout.JAVA_LONG, 0, scalesOfY);
        setBytes("cublasLtMatmulDescSetAttribute", plan.product, FIRST_SCALE, pointer);
        pointer.set(ValueLayout.JAVA_LONG, 0, scalesOfX);
        setBytes("cublasLtMatmulDescSetAttribute", plan.product, SECOND_SCALE, pointer);
        queue(plan, shape, 1, x, y, keep, c, d);
    }

    private void queue(
            Plan plan, Shape shape, float scale, long x, long y, float keep, long c, long d) {
        alpha.set(ValueLayout.JAVA_FLOAT, 0, scale);
        beta.set(ValueLayout.JAVA_FLOAT, 0, keep);
        int error;
        try {
            error = (int) multiply.invokeExact(
                    handle,
                    plan.product,
                    alpha,
                    MemorySegment.ofAddress(y),
                    plan.first,
                    MemorySegment.ofAddress(x),
                    plan.second,
                    beta,
                    MemorySegment.ofAddress(c),
                    plan.result,
                    MemorySegment.ofAddress(d),
                    plan.result,
                    plan.algorithm,
                    workspace,
                    plan.workspaceBytes,
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
            plans.values().forEach(this::destroy);
            plans.clear();
        }
        Plan made = make(wanted);
        plans.put(wanted, made);
        return made;
    }

    /**
     * The library counts columns first: it computes the transposed product, whose first factor is y
     * and whose second is x.
     */
    private Plan make(Aligned wanted) {
        Shape s = wanted.shape;
        MemorySegment product = made(
                "cublasLtMatmulDescCreate",
                function(
                        "cublasLtMatmulDescCreate",
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT),
                COMPUTE_FP32,
                FP32);
        if (s.yTurned) {
            set("cublasLtMatmulDescSetAttribute", product, TRANSPOSE_FIRST, TRANSPOSED);
        }
        if (s.xTurned) {
            set("cublasLtMatmulDescSetAttribute", product, TRANSPOSE_SECOND, TRANSPOSED);
        }
        if (s.coded) {
            set("cublasLtMatmulDescSetAttribute", product, FIRST_SCALE_MODE, SCALE_PER_ROW);
            set("cublasLtMatmulDescSetAttribute", product, SECOND_SCALE_MODE, SCALE_PER_ROW);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment yes = arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1);
                setBytes("cublasLtMatmulDescSetAttribute", product, FAST_ACCUMULATION, yes);
            }
            // the choice of an algorithm wants to see some scales
            pointer.set(ValueLayout.JAVA_LONG, 0, MAX_ALIGNMENT);
            setBytes("cublasLtMatmulDescSetAttribute", product, FIRST_SCALE, pointer);
            setBytes("cublasLtMatmulDescSetAttribute", product, SECOND_SCALE, pointer);
        }
        int type = s.coded ? E4M3 : BF16;
        MemorySegment first =
                s.yTurned ? layout(type, s.k, s.n, s.ldy) : layout(type, s.n, s.k, s.ldy);
        MemorySegment second =
                s.xTurned ? layout(type, s.m, s.k, s.ldx) : layout(type, s.k, s.m, s.ldx);
        MemorySegment result = layout(s.wide ? FP32 : BF16, s.n, s.m, s.ldd);
        MemorySegment algorithm = Arena.ofAuto().allocate(ALGORITHM_BYTES, 8);
        long bytes = choose(wanted, product, first, second, result, algorithm);
        return new Plan(product, first, second, result, algorithm, bytes);
    }

    /** Writes the algorithm that the library would take. Returns the workspace that it needs. */
    private long choose(
            Aligned wanted,
            MemorySegment product,
            MemorySegment first,
            MemorySegment second,
            MemorySegment result,
            MemorySegment algorithm) {
        MemorySegment preference = made(
                "cublasLtMatmulPreferenceCreate",
                function("cublasLtMatmulPreferenceCreate", ValueLayout.ADDRESS));
        int[] alignments = {wanted.y, wanted.x, wanted.c, wanted.d};
        try (Arena arena = Arena.ofConfined()) {
            setBytes(
                    "cublasLtMatmulPreferenceSetAttribute",
                    preference,
                    MAX_WORKSPACE,
                    arena.allocateFrom(ValueLayout.JAVA_LONG, WORKSPACE_BYTES));
            for (int i = 0; i < alignments.length; i++) {
                set(
                        "cublasLtMatmulPreferenceSetAttribute",
                        preference,
                        FIRST_ALIGNMENT + i,
                        alignments[i]);
            }
            MemorySegment found = arena.allocate(HEURISTIC_BYTES, 8);
            MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
            ForeignLibrary.check(
                    "cublasLtMatmulAlgoGetHeuristic for " + wanted,
                    function(
                            "cublasLtMatmulAlgoGetHeuristic",
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS),
                    handle,
                    product,
                    first,
                    second,
                    result,
                    result,
                    preference,
                    1,
                    found,
                    count);
            if (count.get(ValueLayout.JAVA_INT, 0) < 1) {
                throw new IllegalStateException("cuBLASLt has no algorithm for " + wanted);
            }
            MemorySegment.copy(found, 0, algorithm, 0, ALGORITHM_BYTES);
            return found.get(ValueLayout.JAVA_LONG, ALGORITHM_BYTES);
        } finally {
            free("cublasLtMatmulPreferenceDestroy", preference);
        }
    }

    private MemorySegment layout(int type, long rows, long columns, long ld) {
        return made(
                "cublasLtMatrixLayoutCreate",
                function(
                        "cublasLtMatrixLayoutCreate",
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG),
                type,
                rows,
                columns,
                ld);
    }

    /** Calls a function that writes an opaque pointer to its first argument. */
    private static MemorySegment made(String what, MethodHandle create, Object... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment holder = arena.allocate(ValueLayout.ADDRESS);
            Object[] all = new Object[arguments.length + 1];
            all[0] = holder;
            System.arraycopy(arguments, 0, all, 1, arguments.length);
            ForeignLibrary.check(what, create, all);
            return holder.get(ValueLayout.ADDRESS, 0);
        }
    }

    private void set(String function, MemorySegment of, int attribute, int value) {
        try (Arena arena = Arena.ofConfined()) {
            setBytes(function, of, attribute, arena.allocateFrom(ValueLayout.JAVA_INT, value));
        }
    }

    private void setBytes(String function, MemorySegment of, int attribute, MemorySegment value) {
        ForeignLibrary.check(
                function,
                function(
                        function,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG),
                of,
                attribute,
                value,
                value.byteSize());
    }

    private MethodHandle function(String name, MemoryLayout... arguments) {
        return functions.computeIfAbsent(name, n -> library.function(n, arguments));
    }

    private void destroy(Plan plan) {
        free("cublasLtMatmulDescDestroy", plan.product);
        free("cublasLtMatrixLayoutDestroy", plan.first);
        free("cublasLtMatrixLayoutDestroy", plan.second);
        free("cublasLtMatrixLayoutDestroy", plan.result);
    }

    private void free(String function, MemorySegment what) {
        ForeignLibrary.check(function, function(function, ValueLayout.ADDRESS), what);
    }
}
