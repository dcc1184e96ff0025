package dev.plimsoll.cli.topics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.WorkerDevice;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.Test;

import java.util.List;

class RunSignsTest {

    private final RunSigns signs = new RunSigns();

    private void then(String said, JournalRecord fact) {
        signs.take(fact);
        assertThat(signs.beginning()).isEqualTo(said);
    }

    private static JournalRecord sent(long attempt) {
        return new JournalRecord.MicroBatchDispatched(
                new Attempt(attempt, 0), "anna", 1, List.of(0L), new MemoryPlan(0, 64, 0));
    }

    @Test
    void itIsSaidWhatIsWaitedFor() {
        assertThat(signs.beginning()).isEqualTo("the coordinator starts");
        then("no worker yet, 0 samples read", new JournalRecord.RunCreated(null));
        then(
                "no worker yet, 1 sample read",
                new JournalRecord.SampleAdmitted(
                        new SequenceRef(0, 5, 4, 1), "a", new SampleOrigin(0, 0)));
        then(
                "1 worker starting",
                new JournalRecord.WorkerAdmitted(
                        "anna", "i", 0, 1, new WorkerDevice("cpu", "c", "fp32", 0)));
        then("1 worker, 1 sample read", new JournalRecord.WorkerReady("anna", 1));
        then("0 of 0 micro-batches trained", new JournalRecord.StepOpened(0, List.of(0L), 0, ""));
        then("0 of 1 micro-batch trained", sent(1));
        then("0 of 2 micro-batches trained", sent(2));
        then(
                "0 of 1 micro-batch trained",
                new JournalRecord.MicroBatchReturned(
                        new Attempt(2, 0), FailureReason.OUT_OF_MEMORY, "", 1));
        then(
                "1 of 1 micro-batch trained",
                new JournalRecord.MicroBatchAccepted(new Attempt(1, 0), 3, 4));
        then("no worker yet, 1 sample read", new JournalRecord.WorkerLost("anna", 1, "silent"));
        assertThat(signs.paused()).isFalse();
        signs.take(new JournalRecord.PauseChanged(true, ""));
        assertThat(signs.paused()).isTrue();
    }
}
