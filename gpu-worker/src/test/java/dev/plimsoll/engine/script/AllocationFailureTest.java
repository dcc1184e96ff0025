package dev.plimsoll.engine.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.djl.engine.EngineException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The texts are those of libtorch, which say out of memory in nothing but words. A new version
 * whose words differ belongs here first.
 */
class AllocationFailureTest {

    private static final long GIB = 1L << 30;

    /** What the allocators say, with numbers put in. */
    private enum Text {
        /** c10/cuda/CUDACachingAllocator.cpp of 2.7.1. */
        CACHING_2_7_1(
                "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of"
                        + " 79.11 GiB of which 1.20 GiB is free. Process 4711 has 77.90 GiB memory"
                        + " in use. Of the allocated memory 75.00 GiB is allocated by PyTorch, and"
                        + " 1.90 GiB is reserved by PyTorch but unallocated. If reserved but"
                        + " unallocated memory is large try setting"
                        + " PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to avoid"
                        + " fragmentation.  See documentation for Memory Management  ("
                        + "https://pytorch.org/docs/stable/notes/cuda.html#environment-variables)"
                        + "\nException raised from malloc at"
                        + " ../c10/cuda/CUDACachingAllocator.cpp:1 (most recent call first):",
                "CUDA out of memory. Tried to allocate 2.50 GiB.",
                (long) (2.5 * GIB)),
        /** The same file of 2.11: the setting has another name. */
        CACHING_2_11(
                "CUDA out of memory. Tried to allocate 320.00 MiB. GPU 0 has a total capacity of"
                        + " 79.11 GiB of which 120.00 MiB is free. Including non-PyTorch memory,"
                        + " this process has 78.90 GiB memory in use. Of the allocated memory"
                        + " 75.00 GiB is allocated by PyTorch, and 1.90 GiB is reserved by PyTorch"
                        + " but unallocated. If reserved but unallocated memory is large try"
                        + " setting PYTORCH_ALLOC_CONF=expandable_segments:True to avoid"
                        + " fragmentation.  See documentation for Memory Management  ("
                        + "https://pytorch.org/docs/stable/notes/cuda.html#environment-variables)",
                "CUDA out of memory. Tried to allocate 320.00 MiB.",
                320L << 20),
        /** c10/cuda/CUDAMallocAsyncAllocator.cpp of both, behind TorchScript's traceback. */
        POOL(
                """
                The following operation failed in the TorchScript interpreter.
                Traceback of TorchScript (most recent call last):
                  File "code/__torch__.py", line 258, in mlp_forward
                RuntimeError: Allocation on device 0 would exceed allowed memory. (out of memory)
                Currently allocated     : 70.00 GiB
                Requested               : 24.00 MiB
                Device limit            : 79.11 GiB
                Free (according to CUDA): 13.31 MiB
                PyTorch limit (set by user-supplied memory fraction)
                                        : 17179869184.00 GiB""",
                "Allocation on device 0 would exceed allowed memory. (out of memory);"
                        + " Currently allocated : 70.00 GiB; Requested : 24.00 MiB; Device limit",
                24L << 20),
        /** c10/core/impl/alloc_cpu.cpp of both. */
        CPU(
                "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate"
                        + " memory: you tried to allocate 4096000000000 bytes. Error code 12"
                        + " (Cannot allocate memory)",
                "DefaultCPUAllocator: can't allocate memory: you tried to allocate 4096000000000",
                4_096_000_000_000L);

        private final String text;
        private final String note;
        private final long wantedBytes;

        Text(String text, String note, long wantedBytes) {
            this.text = text;
            this.note = note;
            this.wantedBytes = wantedBytes;
        }
    }

    @ParameterizedTest
    @EnumSource
    void each_allocators_words_are_known(Text text) {
        AllocationFailure failure =
                AllocationFailure.of(new EngineException(text.text)).orElseThrow();
        assertThat(failure.wantedBytes()).isEqualTo(text.wantedBytes);
        assertThat(failure.note())
                .startsWith(text.note)
                .doesNotContain("Exception raised")
                .hasSizeLessThanOrEqualTo(400);
    }

    /** The library of this test itself, whichever version it is. */
    @Test
    void the_loaded_libtorch_is_understood() {
        long elements = 1L << 46;
        TorchScript.start(1);
        try (LlamaScript script = LlamaScript.load(AttentionSource.COMPOSED);
                Scope scope = script.scope()) {
            EngineException e = catchThrowableOfType(
                    EngineException.class, () -> script.empty(scope, elements, TorchDtype.FP64));
            AllocationFailure failure = AllocationFailure.of(e).orElseThrow();
            assertThat(failure.wantedBytes()).isEqualTo(8 * elements);
            assertThat(failure.note()).startsWith("DefaultCPUAllocator: can't allocate memory");
            assertThat(script.liveHandles()).isZero();
        }
    }

    @Test
    void anything_else_is_no_allocation_failure() {
        assertThat(AllocationFailure.of(new EngineException(
                        "CUDA error: an illegal memory access was encountered")))
                .isEmpty();
        assertThat(AllocationFailure.of(new IllegalStateException("out of memory")))
                .isEmpty();
        assertThat(AllocationFailure.of(new EngineException((String) null))).isEmpty();
    }

    @Test
    void words_without_a_number_want_nothing_known() {
        assertThat(AllocationFailure.of(new EngineException("out of memory"))
                        .orElseThrow()
                        .wantedBytes())
                .isZero();
    }
}
