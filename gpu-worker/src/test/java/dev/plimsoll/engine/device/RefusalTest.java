package dev.plimsoll.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.EngineException;

import dev.plimsoll.engine.FailureReason;

import org.junit.jupiter.api.Test;

/** The texts are those of libtorch. */
class RefusalTest {

    @Test
    void the_caching_allocators_words() {
        var failed = Refusal.of(new EngineException(
                        "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a "
                                + "total capacity of 79.11 GiB"
                                + "\nException raised from malloc at "
                                + "../c10/cuda/CUDACachingAllocator.cpp:1"))
                .orElseThrow();
        assertThat(failed.reason()).isEqualTo(FailureReason.OUT_OF_MEMORY);
        assertThat(failed.wantedBytes()).isEqualTo((long) (2.5 * (1L << 30)));
        assertThat(failed.note())
                .startsWith("CUDA out of memory")
                .doesNotContain("Exception raised");
    }

    @Test
    void the_pool_allocators_words() {
        String text = """
                The following operation failed in the LlamaScript interpreter.
                Traceback of TorchScript (most recent call last):
                  File "code/__torch__.py", line 258, in mlp_forward
                RuntimeError: Allocation on device 0 would exceed allowed memory. (out of memory)
                Currently allocated     : 70.00 GiB
                Requested               : 24.00 MiB
                Device limit            : 79.11 GiB""";
        var failed = Refusal.of(new EngineException(text)).orElseThrow();
        assertThat(failed.wantedBytes()).isEqualTo(24L << 20);
        assertThat(failed.note())
                .isEqualTo("Allocation on device 0 would exceed allowed memory. (out of memory);"
                        + " Currently allocated : 70.00 GiB; Requested : 24.00 MiB; "
                        + "Device limit : 79.11 GiB");
    }

    @Test
    void the_cpu_allocators_words() {
        var failed = Refusal.of(new EngineException(
                        "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator:"
                                + " can't allocate memory: you tried to allocate "
                                + "4096000000000 bytes. Error code 12"))
                .orElseThrow();
        assertThat(failed.wantedBytes()).isEqualTo(4_096_000_000_000L);
    }

    @Test
    void anything_else_is_no_refusal() {
        assertThat(Refusal.of(new EngineException(
                        "CUDA error: an illegal memory access was encountered")))
                .isEmpty();
        assertThat(Refusal.of(new IllegalStateException("out of memory"))).isEmpty();
        assertThat(Refusal.of(new EngineException((String) null))).isEmpty();
        assertThat(Refusal.wantedBytes("out of memory")).isZero();
    }
}
