package dev.plimsoll.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.process.ExitCode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;

class CliFailureTest {

    private static final Path LOG = Path.of("worker-1.log");

    @ParameterizedTest
    @EnumSource(names = {"BROKER", "INPUT", "FENCED", "REFUSED"})
    void whatAChildCalledAProblemKeepsItsCodeAndItsSentence(ExitCode code) {
        RuntimeException failure = CliFailure.ofChild(
                "worker-1", code.number(), LOG, "12:00 INFO starting\nno such target");
        assertThat(failure).hasMessage("worker-1: no such target");
        assertThat(((CliProblem) failure).exitCode()).isEqualTo(code);
    }

    @Test
    void whatItSaidForAPersonCountsMoreThanTheEndOfItsLog() {
        assertThat(CliFailure.ofChild(
                        "worker-1",
                        4,
                        LOG,
                        "plimsoll worker: no usable CUDA device\n12:00 INFO stopped in 0.1s"))
                .hasMessage("worker-1: plimsoll worker: no usable CUDA device");
    }

    @Test
    void anythingElseIsInternalAndShowsTheLog() {
        RuntimeException failure = CliFailure.ofChild("worker-1", 137, LOG, "one\ntwo");
        assertThat(failure)
                .hasMessageContaining("137")
                .hasMessageContaining("worker-1.log")
                .hasMessageContaining("one");
        assertThat(((CliProblem) failure).exitCode()).isEqualTo(ExitCode.INTERNAL);
    }
}
