package dev.plimsoll.engine.nativelib;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
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
     * for such a one; a multiple of 8. For a multiple it is asked as it is: the tiles that it takes
     * for 4,072 tokens do not fit 4,096.
     */
    private static final int BELOW_A_MULTIPLE = 24;

    /** What a product is described by, all in the library's own form. */
    record Described(
            MemorySegment product,
            MemorySegment first,
            MemorySegment second,
            MemorySegment result) {}

    /** @param algorithm its description in the library's own form */
    record Chosen(MemorySegment algorithm, long workspaceBytes) {}

    /** What the library is asked. */
    interface Questions {

        /** Its choice for a product whose operands are aligned so; empty where it has none. */
        Optional<Chosen> choice(Described of, int[] alignments);

        /** What an algorithm needs for a product; negative where it cannot do it. */
        long workspaceBytes(Described of, MemorySegment algorithm);
    }

    private final Questions questions;
    private final Map<CublasLt.Aligned, Optional<Chosen>> known = new HashMap<>();

    LtAlgorithms(Questions questions) {
        this.questions = questions;
    }

    /**
     * Fails with an IllegalStateException where the library has no algorithm.
     *
     * @param described the product of that shape
     * @param describing products of other shapes
     */
    Chosen choose(
            CublasLt.Aligned wanted,
            Described described,
            Function<CublasLt.Shape, Described> describing) {
        CublasLt.Aligned typical = wanted.typical();
        Optional<Chosen> usual = known.computeIfAbsent(
                typical, t -> questions.choice(describing.apply(t.shape()), t.alignments()));
        return (typical.equals(wanted) ? usual : usual.flatMap(chosen -> fitted(chosen, described)))
                .or(() -> questions.choice(described, wanted.alignments()))
                .orElseThrow(
                        () -> new IllegalStateException("cuBLASLt has no algorithm for " + wanted));
    }

    /** The same algorithm for another product, if it can do that. */
    private Optional<Chosen> fitted(Chosen chosen, Described other) {
        long bytes = questions.workspaceBytes(other, chosen.algorithm());
        return bytes >= 0 && bytes <= CublasLt.WORKSPACE_BYTES
                ? Optional.of(new Chosen(chosen.algorithm(), bytes))
                : Optional.empty();
    }

    /** The number for which the library is asked in place of this one. */
    static int typicalTokens(int tokens) {
        return tokens % TILE == 0 ? tokens : Math.ceilDiv(tokens, TILE) * TILE - BELOW_A_MULTIPLE;
    }

    void clear() {
        known.clear();
    }
}
