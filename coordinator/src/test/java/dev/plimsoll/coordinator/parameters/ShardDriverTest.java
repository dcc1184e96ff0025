package dev.plimsoll.coordinator.parameters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Command.ApplyStep;
import dev.plimsoll.wire.protocol.Command.FixClip;
import dev.plimsoll.wire.protocol.Command.RestoreCheckpoint;
import dev.plimsoll.wire.protocol.Command.SaveCheckpoint;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a shard reads, writes and deletes, and in which order; the sums are ShardCoreTest's. */
class ShardDriverTest {
    private static final OptimizerSettings OPTIMIZER = new OptimizerSettings(
            new LearningRate(0.1, LearningRate.Schedule.CONSTANT, 0, 0), 0.9, 0.999, 1e-8, 0, 0);
    private static final int SHARD = 1;
    /** Three values in each of two shards, one chunk each. */
    private static final ShardLayout LAYOUT = new ShardLayout(6, 2);

    private static final ApplyStep STEP = step(0, 0);
    private static final FixClip CLIP = new FixClip(0, 1, 0.1, 0.1);

    private ShardDriver driver = started(ShardState.initial(SHARD, new float[3]));

    private static ShardDriver started(ShardState durable) {
        ShardDriver driver = new ShardDriver(LAYOUT, OPTIMIZER, durable);
        ShardAction.Write ready = (ShardAction.Write) only(driver.on(new ShardInput.Listening()));
        assertThat(ready.transaction().report())
                .isEqualTo(new Report.ShardReady(SHARD, durable.version()));
        assertThat(driver.on(new ShardInput.Committed(ready.transaction()))).isEmpty();
        return driver;
    }

    /** Contributions 1 and 2, at offsets 4 to 5 and 6 to 9; those of shard 0 lie further on. */
    private static ApplyStep step(long step, long baseVersion) {
        return new ApplyStep(step, baseVersion, List.of(ref(1, 11, 4, 5), ref(2, 12, 6, 9)), 10);
    }

    private static ContributionRef ref(long contribution, long attempt, long first, long last) {
        return new ContributionRef(
                contribution,
                "a",
                1,
                List.of(attempt),
                List.of(new ChunkSpan(SHARD, first, last), new ChunkSpan(0, 100, 101)));
    }

    private static <T> T only(List<T> list) {
        assertThat(list).hasSize(1);
        return list.getFirst();
    }

    private List<ShardAction> hear(Command command) {
        return driver.on(new ShardInput.CommandRead(command));
    }

    private static ContributionRead asked(List<ShardAction> actions) {
        return ((ShardAction.ReadGradients) only(actions)).contribution();
    }

    private static ShardTransaction written(List<ShardAction> actions) {
        return ((ShardAction.Write) only(actions)).transaction();
    }

    private static ShardInput whole(ContributionRead read) {
        long contribution = read.ref().contribution();
        read.take(new ContributionManifest(
                contribution,
                "a",
                1,
                0,
                List.of(new TrainedAttempt(
                        read.ref().attempts().getFirst(), List.of(contribution)))));
        read.take(new TensorChunk(SHARD, 0, "sum", contribution, new float[] {1, 1, 1}));
        return new ShardInput.GradientsRead(read);
    }

    private ShardTransaction sum() {
        ContributionRead first = asked(hear(STEP));
        ContributionRead second = asked(driver.on(whole(first)));
        return written(driver.on(whole(second)));
    }

    private ShardTransaction apply() {
        assertThat(commit(sum())).isEmpty();
        return written(hear(CLIP));
    }

    private List<ShardAction> commit(ShardTransaction transaction) {
        return driver.on(new ShardInput.Committed(transaction));
    }

    @Test
    void readsInTheNamedOrderThenReportsTheSum() {
        ContributionRead first = asked(hear(STEP));
        assertThat(first.ref().contribution()).isEqualTo(1);
        ContributionRead second = asked(driver.on(whole(first)));
        assertThat(second.ref().contribution()).isEqualTo(2);
        assertThat(written(driver.on(whole(second))))
                .isEqualTo(new ShardTransaction.Answer(
                        new Report.ShardSummed(SHARD, 0, List.of(1L, 2L), 12)));
    }

    @Test
    void theFirstContributionThatCannotBeUsedIsReportedAndNoneAfterItIsRead() {
        ShardTransaction answer =
                written(driver.on(new ShardInput.GradientsRead(asked(hear(STEP)))));
        assertThat(answer)
                .isEqualTo(new ShardTransaction.Answer(
                        new Report.ContributionUnusable(SHARD, 0, 1, "its manifest is missing")));
        assertThat(commit(answer)).isEmpty();
        assertThat(only(hear(CLIP))).isInstanceOf(ShardAction.Ignore.class);
    }

    @Test
    void aVersionIsTheShardsAndItsGradientsMayGoOnlyOnceItIsDurable() {
        ShardTransaction version = apply();
        assertThat(version).isInstanceOf(ShardTransaction.NewVersion.class);
        assertThat(version.report()).isEqualTo(new Report.ShardApplied(SHARD, 0, 1));
        assertThat(driver.state().version()).isZero();
        assertThat(commit(version)).containsExactly(new ShardAction.DeleteGradients(10));
        assertThat(driver.state().version()).isEqualTo(1);
    }

    @Test
    void aStepThatWasAppliedBeforeIsAnsweredAndItsGradientsMayGo() {
        driver = started(ShardState.initial(SHARD, new float[3]).as(1));
        ShardTransaction answer = written(hear(STEP));
        assertThat(answer)
                .isEqualTo(new ShardTransaction.Answer(new Report.ShardApplied(SHARD, 0, 1)));
        assertThat(commit(answer)).containsExactly(new ShardAction.DeleteGradients(10));
    }

    @Test
    void aStepWithoutContributionsHasNothingToDelete() {
        assertThat(commit(written(hear(new ApplyStep(0, 0, List.of(), 10))))).isEmpty();
        assertThat(commit(written(hear(CLIP)))).isEmpty();
        assertThat(driver.state().version()).isEqualTo(1);
    }

    @Test
    void theClipAppliesTheStepThatWasSummedNotOneThatWasNamedSince() {
        assertThat(commit(sum())).isEmpty();
        assertThat(only(hear(step(1, 5)))).isInstanceOf(ShardAction.Ignore.class);
        assertThat(commit(written(hear(CLIP))))
                .containsExactly(new ShardAction.DeleteGradients(10));
    }

    @Test
    void saysThatItIsReadyAgainAfterACommandThatItCouldNotRead() {
        ShardTransaction answer = written(driver.on(new ShardInput.CommandSkipped()));
        assertThat(answer).isEqualTo(new ShardTransaction.Answer(new Report.ShardReady(SHARD, 0)));
        assertThat(commit(answer)).isEmpty();
    }

    @Test
    void savesACheckpointAndComesBackToIt() {
        ShardTransaction save = written(hear(new SaveCheckpoint("c", 0)));
        ShardState saved = ((ShardTransaction.NewCheckpoint) save).state();
        assertThat(commit(save)).isEmpty();
        commit(apply());
        assertThat(hear(new RestoreCheckpoint("c", 0, 1)))
                .containsExactly(new ShardAction.ReadCheckpoint("c"));
        ShardTransaction restored = written(driver.on(new ShardInput.CheckpointRead(saved)));
        assertThat(restored.report()).isEqualTo(new Report.CheckpointRestored(SHARD, "c", 2));
        assertThat(commit(restored)).as("a rollback deletes no gradients").isEmpty();
        assertThat(driver.state()).isEqualTo(saved.as(2));
    }

    @Test
    void whoFindsAnotherCheckpointWritesFirstSoThatItEndsAsFencedIfItIs() {
        hear(new RestoreCheckpoint("c", 7, 0));
        ShardTransaction answer =
                written(driver.on(new ShardInput.CheckpointUnusable("c is of version 9")));
        assertThat(answer.report()).isEqualTo(new Report.ShardReady(SHARD, 0));
        assertThat(commit(answer)).containsExactly(new ShardAction.End("c is of version 9"));
        assertThatThrownBy(() -> hear(STEP)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aCheckpointOfAnotherVersionIsNotRestored() {
        ShardState before = driver.state();
        hear(new RestoreCheckpoint("c", 7, 0));
        ShardTransaction answer = written(driver.on(new ShardInput.CheckpointRead(before.as(9))));
        assertThat(answer.report()).isEqualTo(new Report.ShardReady(SHARD, 0));
        assertThat(((ShardAction.End) only(commit(answer))).problem())
                .contains("checkpoint c of shard " + SHARD + " is version 9, and version 7 is to");
        assertThat(driver.state()).isEqualTo(before);
    }

    @Test
    void whatIsNotForShardsIsPassedOver() {
        assertThat(hear(new Command.VersionCommitted(0, 1))).isEmpty();
        assertThat(hear(new Command.FinishRun("done"))).isEmpty();
    }

    @Test
    void drivesUntilNothingIsLeftToBeDone() {
        List<ShardAction> done = new ArrayList<>();
        driver.drive(new ShardInput.CommandRead(STEP), action -> {
            done.add(action);
            return switch (action) {
                case ShardAction.ReadGradients read -> Optional.of(whole(read.contribution()));
                case ShardAction.Write write ->
                    Optional.of(new ShardInput.Committed(write.transaction()));
                default -> Optional.empty();
            };
        });
        assertThat(done).hasSize(3).last().isInstanceOf(ShardAction.Write.class);
        assertThat(hear(CLIP)).isNotEmpty();
    }

    /** What a driver awaits, and what it must not be given then. */
    private enum Awaits {
        A_COMMAND,
        GRADIENTS,
        A_CHECKPOINT,
        A_COMMIT
    }

    private record Illegal(Awaits when, ShardInput input) {}

    static Stream<Illegal> illegalMoves() {
        ShardInput heard = new ShardInput.CommandRead(STEP);
        ShardInput skipped = new ShardInput.CommandSkipped();
        ShardInput listening = new ShardInput.Listening();
        ShardInput gradients = new ShardInput.GradientsRead(
                new ContributionRead(ref(1, 11, 4, 5), 0, LAYOUT, SHARD));
        ShardInput checkpoint =
                new ShardInput.CheckpointRead(ShardState.initial(SHARD, new float[3]));
        ShardInput unusable = new ShardInput.CheckpointUnusable("gone");
        ShardInput committed = new ShardInput.Committed(
                new ShardTransaction.Answer(new Report.ShardReady(SHARD, 0)));
        List<Illegal> moves = new ArrayList<>();
        List.of(gradients, checkpoint, unusable, committed)
                .forEach(input -> moves.add(new Illegal(Awaits.A_COMMAND, input)));
        // another contribution than was asked for, too
        List.of(heard, skipped, listening, gradients, checkpoint, unusable, committed)
                .forEach(input -> moves.add(new Illegal(Awaits.GRADIENTS, input)));
        List.of(heard, skipped, listening, gradients, committed)
                .forEach(input -> moves.add(new Illegal(Awaits.A_CHECKPOINT, input)));
        // another transaction than was given, too
        List.of(heard, skipped, listening, gradients, checkpoint, unusable, committed)
                .forEach(input -> moves.add(new Illegal(Awaits.A_COMMIT, input)));
        return moves.stream();
    }

    @ParameterizedTest
    @MethodSource("illegalMoves")
    void anInputThatNobodyAwaitsIsABug(Illegal illegal) {
        switch (illegal.when()) {
            case A_COMMAND -> {}
            case GRADIENTS -> hear(STEP);
            case A_CHECKPOINT -> hear(new RestoreCheckpoint("c", 0, 0));
            case A_COMMIT -> hear(new SaveCheckpoint("c", 0));
        }
        assertThatThrownBy(() -> driver.on(illegal.input()))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aCheckpointOfAnotherShardIsABug() {
        hear(new RestoreCheckpoint("c", 0, 0));
        ShardInput other =
                new ShardInput.CheckpointRead(ShardState.initial(SHARD + 1, new float[3]));
        assertThatThrownBy(() -> driver.on(other)).isInstanceOf(IllegalStateException.class);
    }
}
