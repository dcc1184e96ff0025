package dev.plimsoll.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaFailureTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            RuntimeError: CUDA error: CUDA-capable device(s) is/are busy or unavailable | end it
            RuntimeError: CUDA error: out of memory                                     | end one
            RuntimeError: No CUDA GPUs are available                                    | nvidia-smi
            RuntimeError: CUDA error: no kernel image is available                | install another
            RuntimeError: The NVIDIA driver on your system is too old (found 12020).    | update
            """)
    void aKnownFailureHasARemedy(String said, String remedy) {
        String text = "The following operation failed in the TorchScript interpreter.\n"
                + "Traceback of TorchScript, original code (most recent call last):\n"
                + said + "\nFor debugging consider passing CUDA_LAUNCH_BLOCKING=1\n";

        assertThat(CudaFailure.sentence(text)).startsWith(said + "; ").contains(remedy);
    }

    @Test
    void anUnknownOneIsToldInItsOwnWords() {
        assertThat(CudaFailure.sentence("Traceback\nRuntimeError: the moon is full\nmore"))
                .isEqualTo("RuntimeError: the moon is full");
        assertThat(CudaFailure.sentence("the moon\nis full")).isEqualTo("the moon");
    }
}
