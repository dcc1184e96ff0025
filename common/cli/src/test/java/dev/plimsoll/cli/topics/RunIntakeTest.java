package dev.plimsoll.cli.topics;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.Test;

class RunIntakeTest {

    private final RunIntake intake = new RunIntake();

    private void requireOpen() {
        intake.requireOpen(new Topics("p"));
    }

    @Test
    void aRunTakesSamplesInItsFirstEpoch() {
        assertThatCode(this::requireOpen).doesNotThrowAnyException();
        intake.take(new JournalRecord.SampleAdmitted(
                new SequenceRef(0, 5, 4, 1), "s", new SampleOrigin(0, 0)));
        intake.take(new JournalRecord.FinishAsked("by me"));
        assertThatCode(this::requireOpen).doesNotThrowAnyException();
    }

    @Test
    void aLaterEpochTakesNoneThoughARollbackWentBehindIt() {
        intake.take(new JournalRecord.EpochStarted(1));
        intake.take(new JournalRecord.RolledBack("c", 1, 3));
        assertThatThrownBy(this::requireOpen)
                .hasMessageContaining("'p' is in a later epoch")
                .hasMessageContaining("they would be rejected");
    }

    @Test
    void aFinishedRunTakesNone() {
        intake.take(new JournalRecord.EpochStarted(1));
        intake.take(new JournalRecord.RunFinished("all is trained"));
        assertThatThrownBy(this::requireOpen)
                .hasMessageContaining("'p' is finished (all is trained) and cannot take samples");
    }
}
