package dev.plimsoll.engine.nativelib;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * cuBLASLt's own choice of an algorithm for a product. To ask for it takes the host a fifth of a
 * millisecond, and a choice that was not made before may load a kernel, for tens of them; a
 * micro-batch of a new number of tokens would ask some thirty times. So the answer for one number
 * is kept for all that fill as many tiles of 128 tokens.
 */
final class LtAlgorithms {

    private static final int TILE = 128;
    /**
     * The library has other kernels for numbers that are no multiple of its tiles, so it is asked
     * for such a one; a multiple of 8.
     */
    private static final int BELOW_A_MULTIPLE = 24;

    private static final int ALGORITHM_BYTES = 64;
    private static final int RESULT_BYTES = 96;
    private static final int MAX_WORKSPACE = 1;
    private static final int FIRST_ALIGNMENT = 5;

    /** What a product is described by, all in the library's own form. */
    record Described(
            MemorySegment product,
            MemorySegment first,
            MemorySegment second,
            MemorySegment result) {}

    /** @param algorithm its description in the library's own form */
    record Chosen(MemorySegment algorithm, long workspaceBytes) {}

    private final LtFunctions functions;
    private final MemorySegment handle;
    private final Map<CublasLt.Aligned, Chosen> known = new HashMap<>();

    LtAlgorithms(LtFunctions functions, MemorySegment handle) {
        this.functions = functions;
        this.handle = handle;
    }

    /**
     * @param described the product of that shape
     * @param describing products of other shapes
     */
    Chosen choose(
            CublasLt.Aligned wanted,
            Described described,
            Function<CublasLt.Shape, Described> describing) {
        CublasLt.Aligned typical = wanted.typical();
        Chosen chosen = known.get(typical);
        if (chosen == null) {
            chosen = typical.equals(wanted)
                    ? asked(wanted, described)
                    : asked(typical, describing.apply(typical.shape()));
            known.put(typical, chosen);
        }
        if (typical.equals(wanted)) {
            return chosen;
        }
        long bytes = workspaceBytes(described, chosen.algorithm());
        return bytes >= 0 && bytes <= CublasLt.WORKSPACE_BYTES
                ? new Chosen(chosen.algorithm(), bytes)
                : asked(wanted, described);
    }

    /** The number for which the library is asked in place of this one. */
    static int typicalTokens(int tokens) {
        return tokens % TILE == 0 ? tokens : Math.ceilDiv(tokens, TILE) * TILE - BELOW_A_MULTIPLE;
    }

    void clear() {
        known.clear();
    }

    /** What the algorithm needs for this product; negative where it cannot do it. */
    private long workspaceBytes(Described of, MemorySegment algorithm) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(RESULT_BYTES, 8);
            int error = functions.status(
                    "cublasLtMatmulAlgoCheck",
                    handle,
                    of.product,
                    of.first,
                    of.second,
                    of.result,
                    of.result,
                    algorithm,
                    result);
            return error == 0 ? result.get(ValueLayout.JAVA_LONG, ALGORITHM_BYTES) : -1;
        }
    }

    private Chosen asked(CublasLt.Aligned wanted, Described of) {
        MemorySegment preference = functions.made("cublasLtMatmulPreferenceCreate");
        int[] alignments = wanted.alignments();
        try (Arena arena = Arena.ofConfined()) {
            functions.setBytes(
                    "cublasLtMatmulPreferenceSetAttribute",
                    preference,
                    MAX_WORKSPACE,
                    arena.allocateFrom(ValueLayout.JAVA_LONG, CublasLt.WORKSPACE_BYTES));
            for (int i = 0; i < alignments.length; i++) {
                functions.set(
                        "cublasLtMatmulPreferenceSetAttribute",
                        preference,
                        FIRST_ALIGNMENT + i,
                        alignments[i]);
            }
            MemorySegment found = arena.allocate(RESULT_BYTES, 8);
            MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
            functions.call(
                    "cublasLtMatmulAlgoGetHeuristic",
                    handle,
                    of.product,
                    of.first,
                    of.second,
                    of.result,
                    of.result,
                    preference,
                    1,
                    found,
                    count);
            if (count.get(ValueLayout.JAVA_INT, 0) < 1) {
                throw new IllegalStateException("cuBLASLt has no algorithm for " + wanted);
            }
            MemorySegment algorithm = Arena.ofAuto().allocate(ALGORITHM_BYTES, 8);
            MemorySegment.copy(found, 0, algorithm, 0, ALGORITHM_BYTES);
            return new Chosen(algorithm, found.get(ValueLayout.JAVA_LONG, ALGORITHM_BYTES));
        } finally {
            functions.call("cublasLtMatmulPreferenceDestroy", preference);
        }
    }
}
