package dev.plimsoll.worker.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.worker.shell.WorkerProcess.Ending;
import dev.plimsoll.worker.shell.WorkerProcess.Outcome;

import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

class WorkerFailureTest {

    @Test
    void aBrokerThatIsAwayHasItsCodeAndARemedy() {
        Outcome outcome = WorkerFailure.outcome(new IllegalStateException(
                new TimeoutException("Topic reports not present in metadata after 60000 ms.")));
        assertThat(outcome.ending().exitCode()).isEqualTo(ExitCode.BROKER);
        assertThat(outcome.note())
                .contains("Topic reports not present")
                .contains("start the worker again when it answers");
    }

    @Test
    void anythingElseIsOurs() {
        assertThat(WorkerFailure.outcome(new IllegalStateException("a bug")))
                .isEqualTo(new Outcome(Ending.BROKE, "a bug"));
    }
}
