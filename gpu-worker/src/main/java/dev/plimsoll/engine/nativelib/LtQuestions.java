package dev.plimsoll.engine.nativelib;

import dev.plimsoll.engine.nativelib.LtAlgorithms.Chosen;
import dev.plimsoll.engine.nativelib.LtAlgorithms.Described;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** cuBLASLt's heuristic, and its check of an algorithm. */
record LtQuestions(LtFunctions functions, MemorySegment handle) implements LtAlgorithms.Questions {

    // cublasLt.h: cublasLtMatmulAlgo_t, cublasLtMatmulHeuristicResult_t, and attributes of a
    // preference
    private static final int ALGORITHM_BYTES = 64;
    private static final int RESULT_BYTES = 96;
    private static final int MAX_WORKSPACE = 1;
    private static final int FIRST_ALIGNMENT = 5;
    private static final String SET_PREFERENCE = "cublasLtMatmulPreferenceSetAttribute";

    @Override
    public long workspaceBytes(Described of, MemorySegment algorithm) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(RESULT_BYTES, 8);
            int error = functions.status(
                    "cublasLtMatmulAlgoCheck",
                    handle,
                    of.product(),
                    of.first(),
                    of.second(),
                    of.result(),
                    of.result(),
                    algorithm,
                    result);
            return error == 0 ? result.get(ValueLayout.JAVA_LONG, ALGORITHM_BYTES) : -1;
        }
    }

    @Override
    public Optional<Chosen> choice(Described of, int[] alignments) {
        MemorySegment preference = functions.made("cublasLtMatmulPreferenceCreate");
        try (Arena arena = Arena.ofConfined()) {
            functions.setBytes(
                    SET_PREFERENCE,
                    preference,
                    MAX_WORKSPACE,
                    arena.allocateFrom(ValueLayout.JAVA_LONG, CublasLt.WORKSPACE_BYTES));
            for (int i = 0; i < alignments.length; i++) {
                functions.set(SET_PREFERENCE, preference, FIRST_ALIGNMENT + i, alignments[i]);
            }
            MemorySegment found = arena.allocate(RESULT_BYTES, 8);
            MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
            int error = functions.status(
                    "cublasLtMatmulAlgoGetHeuristic",
                    handle,
                    of.product(),
                    of.first(),
                    of.second(),
                    of.result(),
                    of.result(),
                    preference,
                    1,
                    found,
                    count);
            if (error != 0 || count.get(ValueLayout.JAVA_INT, 0) < 1) {
                return Optional.empty();
            }
            MemorySegment algorithm = Arena.ofAuto().allocate(ALGORITHM_BYTES, 8);
            MemorySegment.copy(found, 0, algorithm, 0, ALGORITHM_BYTES);
            return Optional.of(
                    new Chosen(algorithm, found.get(ValueLayout.JAVA_LONG, ALGORITHM_BYTES)));
        } finally {
            functions.call("cublasLtMatmulPreferenceDestroy", preference);
        }
    }
}
