package dev.plimsoll.cli.topics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.protocol.StatePlace;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.run.FleetSettings;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.run.StepSettings;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

class SavedStatesTest {

    private final SavedStates states = new SavedStates();

    @BeforeEach
    void aRunOfTwoShards() {
        states.take(new JournalRecord.RunCreated(new RunSettings(
                "run",
                new RunSettings.ModelIdentity("tiny", "cafe", 100),
                new LoraSettings(4, 8, false, Set.of(Projection.Q_PROJ)),
                new StepSettings(2, 0, Duration.ZERO, 0, 1),
                new OptimizerSettings(
                        new LearningRate(1e-3, LearningRate.Schedule.CONSTANT, 0, 0),
                        0.9,
                        0.999,
                        1e-8,
                        0,
                        1),
                new FleetSettings(2, 100, 100, Duration.ofSeconds(5)))));
    }

    @Test
    void aVersionIsWrittenWhenEveryShardHasSaidSo() {
        assertThat(states.complete(0)).isTrue();
        committed(1);
        assertThat(states.complete(0)).isFalse();
        saved(0, 1);
        assertThat(states.complete(0)).isFalse();
        saved(1, 1);
        assertThat(states.complete(1)).isTrue();
        assertThat(states.complete(2))
                .as("of a step that the journal was not read to")
                .isFalse();
        committed(2);
        assertThat(states.complete(0)).isFalse();
        saved(1, 2);
        saved(0, 1);
        assertThat(states.complete(0)).isFalse();
        saved(0, 2);
        assertThat(states.complete(0)).isTrue();
    }

    @Test
    void whatARollbackOrAnOldStepMadeIsWritten() {
        committed(1);
        states.take(new JournalRecord.RolledBack("c", 0, 2));
        assertThat(states.complete(0)).isTrue();
        committed(3);
        assertThat(states.complete(0)).isFalse();
        states.take(new JournalRecord.StepCommitted(4, 4, 0, Optional.empty()));
        assertThat(states.complete(0)).isTrue();
    }

    private void committed(long version) {
        states.take(new JournalRecord.StepCommitted(
                version, version, version, Optional.of(new SumSource(false, 7, List.of()))));
    }

    private void saved(int shard, long version) {
        states.take(
                new JournalRecord.StateSaveAccepted(shard, version, new StatePlace(shard, 0, 0)));
    }
}
