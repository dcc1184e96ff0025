package dev.plimsoll.cli.results;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.journal.DataPosition;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.FoldSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.RunStart;
import dev.plimsoll.wire.run.StepSettings;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

class RunHistoryTest {

    private final RunHistory history = new RunHistory();

    @BeforeEach
    void eightSamplesInARunThatGoesOnAfterTenUpdates() {
        history.take(new JournalRecord.RunCreated(new RunSettings(
                "r",
                new RunSettings.ModelIdentity("m", "h", 8),
                new LoraSettings(1, 1, false, Set.of(Projection.Q_PROJ)),
                new StepSettings(2, 0, Duration.ZERO, 0, 1),
                new OptimizerSettings(
                        new LearningRate(1, LearningRate.Schedule.CONSTANT, 0, 0),
                        0.9,
                        0.999,
                        1e-8,
                        0,
                        1),
                new FleetSettings(1, 64, 64, Duration.ofSeconds(3)),
                FoldSettings.OLD,
                new RunStart("hash", 10, 11))));
        for (long ordinal = 0; ordinal < 8; ordinal++) {
            history.take(new JournalRecord.SampleAdmitted(
                    new SequenceRef(ordinal, 5, 4, 1),
                    "s" + ordinal,
                    new SampleOrigin(0, ordinal)));
        }
    }

    private void open(long step, Long... ordinals) {
        history.take(new JournalRecord.StepOpened(step, List.of(ordinals), 0, ""));
    }

    private void commit(long step, long version, long update) {
        history.take(new JournalRecord.StepCommitted(step, version, update, Optional.empty()));
    }

    private void checkpoint(String name, long version, long stepsDone, int epoch) {
        history.take(new JournalRecord.CheckpointBegun(
                name, version, stepsDone, new DataPosition(epoch, 0)));
        history.take(new JournalRecord.CheckpointTaken(name, version));
    }

    /** E.g. since its source was removed in the second epoch. */
    @Test
    void a_sample_that_is_rejected_later_was_trained() {
        open(0, 0L, 1L);
        commit(0, 1, 11);
        checkpoint("c", 1, 12, 0);
        history.take(new JournalRecord.SampleRejected(1, RejectionReason.NON_FINITE, ""));
        assertThat(history.atCheckpoint("c").orElseThrow().trained()).containsExactly("s0", "s1");
    }

    @Test
    void counts_on_from_the_start_and_leaves_out_what_was_rejected() {
        assertThat(history.at(0)).hasValue(new RunHistory.Place(0, 10, 11, 0, List.of()));
        open(0, 0L, 1L);
        open(1, 2L, 3L);
        history.take(new JournalRecord.SampleRejected(1, RejectionReason.NON_FINITE, ""));
        commit(0, 1, 11);
        commit(1, 2, 12);
        assertThat(history.at(2))
                .hasValue(new RunHistory.Place(2, 12, 13, 0, List.of("s0", "s2", "s3")));
        assertThat(history.at(3)).isEmpty();
    }

    @Test
    void a_dropped_step_counts_as_a_step_but_not_as_an_update() {
        open(0, 0L, 1L);
        history.take(new JournalRecord.StepDropped(0, ""));
        open(1, 2L, 3L);
        commit(1, 1, 11);
        assertThat(history.at(1)).hasValue(new RunHistory.Place(1, 11, 13, 0, List.of("s2", "s3")));
    }

    @Test
    void a_rollback_takes_back_what_came_after_its_checkpoint() {
        open(0, 0L, 1L);
        commit(0, 1, 11);
        checkpoint("c", 1, 12, 0);
        open(1, 2L, 3L);
        commit(1, 2, 12);
        checkpoint("later", 2, 13, 0);
        assertThat(history.checkpoints()).containsExactly("c", "later");
        history.take(new JournalRecord.RolledBack("c", 1, 3));
        assertThat(history.checkpoints()).containsExactly("c");
        assertThat(history.at(3)).hasValue(new RunHistory.Place(3, 11, 12, 0, List.of("s0", "s1")));
        open(2, 2L, 3L);
        commit(2, 4, 12);
        assertThat(history.at(4))
                .hasValue(new RunHistory.Place(4, 12, 13, 0, List.of("s0", "s1", "s2", "s3")));
        assertThat(history.atCheckpoint("c"))
                .hasValue(new RunHistory.Place(1, 11, 12, 0, List.of("s0", "s1")));
        assertThat(history.atCheckpoint("later")).isEmpty();
    }

    @Test
    void a_new_epoch_begins_with_nothing_trained() {
        open(0, 0L, 1L);
        commit(0, 1, 11);
        history.take(new JournalRecord.EpochStarted(1));
        checkpoint("between", 1, 12, 1);
        open(1, 1L, 0L);
        commit(1, 2, 12);
        assertThat(history.atCheckpoint("between"))
                .hasValue(new RunHistory.Place(1, 11, 12, 1, List.of()));
        assertThat(history.at(2)).hasValue(new RunHistory.Place(2, 12, 13, 1, List.of("s1", "s0")));
    }

    @Test
    void a_checkpoint_that_is_not_saved_by_all_is_none() {
        history.take(new JournalRecord.CheckpointBegun("c", 0, 11, new DataPosition(0, 0)));
        assertThat(history.atCheckpoint("c")).isEmpty();
        assertThat(history.checkpoints()).isEmpty();
    }
}
