package dev.plimsoll.coordinator.parameters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command;
import dev.plimsoll.wire.protocol.Command.ApplyStep;
import dev.plimsoll.wire.protocol.Command.FixClip;
import dev.plimsoll.wire.protocol.Command.RestoreCheckpoint;
import dev.plimsoll.wire.protocol.Command.SaveCheckpoint;
import dev.plimsoll.wire.protocol.Command.SaveState;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.StatePlace;
import dev.plimsoll.wire.protocol.SumSource;
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

    /** Contributions 1 and 2, at offsets 4 to 5 and 6 to 9; those of shard 0 lie further on. */
    private static final ApplyStep TWO =
            new ApplyStep(0, 0, List.of(ref(1, 4, 5), ref(2, 6, 9)), 10);

    private static final ChunkSpan PUBLISHED =
            new ChunkSpan(SHARD, 30, 35, SumToPublish.publication("me", 1, 0, List.of(1L, 2L)));
    private static final FixClip FIX_TWO = new FixClip(
            0,
            1,
            0.1,
            0.1,
            1,
            1,
            Optional.of(new SumSource(true, 0, List.of(PUBLISHED), List.of(1L, 2L))));
    private static final StatePlace PLACE = new StatePlace(SHARD, 1, 2);

    private ShardDriver driver = started(ShardState.initial(SHARD, new float[3]));

    private static ShardDriver started(ShardState durable) {
        ShardDriver driver = new ShardDriver(LAYOUT, OPTIMIZER, durable, PLACE, "me");
        ShardAction.Write ready = (ShardAction.Write) only(driver.on(new ShardInput.Listening(7)));
        assertThat(ready.transaction().report())
                .isEqualTo(new Report.ShardReady(SHARD, durable.version()));
        assertThat(driver.on(new ShardInput.Committed(ready.transaction()))).isEmpty();
        return driver;
    }

    private static ContributionRef ref(long contribution, long first, long last) {
        return new ContributionRef(
                contribution,
                "a",
                1,
                List.of(10 + contribution),
                List.of(new ChunkSpan(SHARD, first, last), new ChunkSpan(0, 100, 101)));
    }

    /** A step of one contribution, whose number is the version's, at offsets 10v and 10v + 1. */
    private static ApplyStep one(long version) {
        return new ApplyStep(version - 1, version - 1, List.of(only(version)), 10);
    }

    private static ContributionRef only(long version) {
        return ref(version, 10 * version, 10 * version + 1);
    }

    private static FixClip fix(long version) {
        return new FixClip(
                version - 1,
                1,
                0.1,
                0.1,
                version,
                version,
                Optional.of(SumSource.of(only(version))));
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

    private List<ShardAction> commit(ShardTransaction transaction) {
        return driver.on(new ShardInput.Committed(transaction));
    }

    private Report said(List<ShardAction> actions) {
        ShardTransaction transaction = written(actions);
        assertThat(transaction).isInstanceOf(ShardTransaction.Answer.class);
        assertThat(commit(transaction)).isEmpty();
        return transaction.report();
    }

    private static void ignored(List<ShardAction> actions) {
        assertThat(only(actions)).isInstanceOf(ShardAction.Ignore.class);
    }

    private static ContributionManifest manifest(long contribution, long step) {
        return new ContributionManifest(
                contribution,
                "a",
                1,
                step,
                List.of(new TrainedAttempt(10 + contribution, List.of(contribution))));
    }

    private static ShardInput whole(ContributionRead read, long step) {
        long contribution = read.contribution();
        read.take(manifest(contribution, step));
        read.take(new TensorChunk(SHARD, 0, "sum", contribution, new float[] {1, 1, 1}));
        return new ShardInput.GradientsRead(read);
    }

    private SumToPublish sumTwo() {
        ContributionRead first = asked(hear(TWO));
        ContributionRead second = asked(driver.on(whole(first, 0)));
        return ((ShardAction.PublishSum) only(driver.on(whole(second, 0)))).sum();
    }

    private void publishTwo() {
        said(driver.on(new ShardInput.SumPublished(sumTwo(), PUBLISHED)));
    }

    /** Makes the version of its only contribution; returns what may be deleted then. */
    private List<ShardAction> make(long version) {
        ContributionRead read = asked(hear(one(version)));
        assertThat(said(driver.on(whole(read, version - 1))))
                .isInstanceOf(Report.ShardSummed.class);
        return make(hear(fix(version)), version);
    }

    private List<ShardAction> make(List<ShardAction> fixed, long version) {
        ShardTransaction folded = written(fixed);
        assertThat(folded).isInstanceOf(ShardTransaction.Folded.class);
        assertThat(((Report.ShardApplied) folded.report()).version()).isEqualTo(version);
        return commit(folded);
    }

    private ShardAction.WriteState begun(List<ShardAction> actions) {
        return (ShardAction.WriteState) only(actions);
    }

    private static StatePlace place(long version) {
        return new StatePlace(SHARD, 100 * version, 200 * version);
    }

    private static ShardInput.StateWritten stateWritten(long version) {
        return new ShardInput.StateWritten(version, place(version));
    }

    /** Returns what follows once it is reported. */
    private List<ShardAction> save(long version) {
        assertThat(begun(hear(new SaveState(version))).state().version()).isEqualTo(version);
        ShardTransaction answer = written(driver.on(stateWritten(version)));
        assertThat(answer.report())
                .isEqualTo(new Report.StateSaved(SHARD, version, place(version)));
        return commit(answer);
    }

    @Test
    void readsInTheNamedOrderThenPublishesTheSum() {
        ContributionRead first = asked(hear(TWO));
        assertThat(first.contribution()).isEqualTo(1);
        ContributionRead second = asked(driver.on(whole(first, 0)));
        assertThat(second.contribution()).isEqualTo(2);
        SumToPublish sum = ((ShardAction.PublishSum) only(driver.on(whole(second, 0)))).sum();
        assertThat(sum.manifests()).containsExactly(manifest(1, 0), manifest(2, 0));
        Report.ShardSummed report =
                new Report.ShardSummed(SHARD, 0, List.of(1L, 2L), 12, Optional.of(PUBLISHED));
        assertThat(sum.report(PUBLISHED)).isEqualTo(report);
        assertThat(said(driver.on(new ShardInput.SumPublished(sum, PUBLISHED))))
                .as("once it is durable")
                .isEqualTo(report);
        assertThat(said(hear(TWO))).as("again").isEqualTo(report);
    }

    @Test
    void theFirstContributionThatCannotBeUsedIsReportedAndNoneAfterItIsRead() {
        assertThat(said(driver.on(new ShardInput.GradientsRead(asked(hear(TWO))))))
                .isEqualTo(new Report.ContributionUnusable(SHARD, 0, 1, "its manifest is missing"));
        assertThat(only(hear(FIX_TWO))).isInstanceOf(ShardAction.ReadSum.class);
    }

    @Test
    void contributionsOfAPublishedSumMayGoOnceItIsMadeAndTheSumOnceItIsSavedTwice() {
        publishTwo();
        assertThat(make(hear(FIX_TWO), 1)).containsExactly(new ShardAction.DeleteGradients(10));
        assertThat(driver.version()).isEqualTo(1);
        assertThat(save(1)).as("who follows may still read it").isEmpty();
        assertThat(make(2)).isEmpty();
        assertThat(save(2)).containsExactly(new ShardAction.DeleteSums(36));
    }

    @Test
    void theOnlyContributionMayGoOnceAStateIsSavedAfterOneThatCoversIt() {
        assertThat(make(1)).isEmpty();
        assertThat(make(2)).isEmpty();
        assertThat(save(2)).as("who follows may still read it").isEmpty();
        assertThat(make(3)).isEmpty();
        assertThat(save(3)).containsExactly(new ShardAction.DeleteGradients(22));
    }

    @Test
    void nothingIsDeletedBehindWhatIsStillNeeded() {
        assertThat(make(1)).isEmpty();
        assertThat(save(1)).isEmpty();
        ApplyStep two = new ApplyStep(1, 1, List.of(ref(7, 20, 21), ref(8, 22, 23)), 10);
        ContributionRead first = asked(hear(two));
        ContributionRead second = asked(driver.on(whole(first, 1)));
        SumToPublish sum = ((ShardAction.PublishSum) only(driver.on(whole(second, 1)))).sum();
        said(driver.on(new ShardInput.SumPublished(sum, PUBLISHED)));
        FixClip fix = new FixClip(
                1, 1, 0.1, 0.1, 2, 2, Optional.of(new SumSource(true, 1, List.of(PUBLISHED))));
        assertThat(make(hear(fix), 2)).as("version 1 is not saved twice").isEmpty();
        // lies before the end of what version 2 was made of
        ApplyStep named = new ApplyStep(2, 2, List.of(ref(9, 19, 40)), 10);
        said(driver.on(whole(asked(hear(named)), 2)));
        assertThat(save(2)).containsExactly(new ShardAction.DeleteGradients(19));
    }

    @Test
    void catchesUpFromTheContributionByTheClipAlone() {
        ContributionRead read = asked(hear(fix(1)));
        assertThat(make(driver.on(whole(read, 0)), 1)).isEmpty();
        ShardState caughtUp = driver.state();
        driver = started(ShardState.initial(SHARD, new float[3]));
        make(1);
        assertThat(driver.state()).isEqualTo(caughtUp);
    }

    @Test
    void catchesUpFromThePublishedSumByTheClipAlone() {
        SumToPublish published = sumTwo();
        said(driver.on(new ShardInput.SumPublished(published, PUBLISHED)));
        make(hear(FIX_TWO), 1);
        ShardState made = driver.state();
        driver = started(ShardState.initial(SHARD, new float[3]));
        PublishedSum sum = ((ShardAction.ReadSum) only(hear(FIX_TWO))).sum();
        published.manifests().forEach(sum::take);
        published.chunks().forEach(sum::take);
        assertThat(make(driver.on(new ShardInput.SumRead(sum)), 1))
                .as("where the contributions lie is not known")
                .isEmpty();
        assertThat(driver.state()).isEqualTo(made);
        assertThat(save(1)).isEmpty();
        make(2);
        assertThat(save(2)).containsExactly(new ShardAction.DeleteSums(36));
    }

    @Test
    void saysOnceWhereItIsWhenACommandComesTooEarly() {
        make(1);
        assertThat(said(hear(fix(3)))).isEqualTo(new Report.ShardReady(SHARD, 1));
        ignored(hear(fix(4)));
        ignored(hear(new SaveState(4)));
        ignored(hear(one(5)));
        make(driver.on(whole(asked(hear(fix(2))), 1)), 2);
        make(driver.on(whole(asked(hear(fix(3))), 2)), 3);
        assertThat(said(hear(new SaveState(9)))).isEqualTo(new Report.ShardReady(SHARD, 3));
    }

    @Test
    void aClipOfAVersionThatItHasIsIgnored() {
        make(1);
        ignored(hear(fix(1)));
        ignored(hear(one(1)));
    }

    @Test
    void whatCannotBeReadIsReportedAndReadAgainWhenTheClipIsNamedAgain() {
        assertThat(said(driver.on(new ShardInput.GradientsRead(asked(hear(fix(1)))))))
                .isEqualTo(new Report.ContributionUnusable(SHARD, 0, 1, "its manifest is missing"));
        make(driver.on(whole(asked(hear(fix(1))), 0)), 1);
        make(2);
    }

    @Test
    void asksForWhatItPassedOverWhileItCouldNotRead() {
        said(driver.on(new ShardInput.GradientsRead(asked(hear(fix(1))))));
        assertThat(said(hear(fix(2)))).as("news").isEqualTo(new Report.ShardReady(SHARD, 0));
        said(driver.on(new ShardInput.GradientsRead(asked(hear(fix(1))))));
        ignored(hear(fix(2)));
        ShardTransaction folded = written(driver.on(whole(asked(hear(fix(1))), 0)));
        assertThat(said(commit(folded))).isEqualTo(new Report.ShardReady(SHARD, 1));
    }

    @Test
    void aStateIsWrittenWhileStepsGoOnAndDoesNotChange() {
        make(1);
        ShardAction.WriteState write = begun(hear(new SaveState(1)));
        assertThat(write.manifest().builtFrom()).containsExactly(manifest(1, 0));
        assertThat(write.manifest().hasState()).isFalse();
        float before = write.state().master()[0];
        make(2);
        assertThat(write.state().version()).isEqualTo(1);
        assertThat(write.state().master()[0]).isEqualTo(before);
        ShardTransaction answer = written(driver.on(stateWritten(1)));
        assertThat(commit(answer)).isEmpty();
        assertThat(save(2)).containsExactly(new ShardAction.DeleteGradients(12));
    }

    @Test
    void ofTheStatesThatAreAskedForMeanwhileTheNewestIsWritten() {
        make(1);
        begun(hear(new SaveState(1)));
        ignored(hear(new SaveState(1)));
        make(2);
        assertThat(hear(new SaveState(2))).isEmpty();
        make(3);
        assertThat(hear(new SaveState(3))).isEmpty();
        ignored(hear(new SaveState(3)));
        make(4);
        List<ShardAction> then = driver.on(stateWritten(1));
        assertThat(((ShardAction.WriteState) then.getFirst()).state().version()).isEqualTo(3);
        commit(((ShardAction.Write) then.getLast()).transaction());
        assertThat(commit(written(driver.on(stateWritten(3)))))
                .as("what the state before covers")
                .containsExactly(new ShardAction.DeleteGradients(12));
    }

    @Test
    void aStateThatIsSavedIsNotWrittenAgain() {
        assertThat(said(hear(new SaveState(0))))
                .as("the one that it began with")
                .isEqualTo(new Report.StateSaved(SHARD, 0, PLACE));
        make(1);
        save(1);
        assertThat(said(hear(new SaveState(1))))
                .isEqualTo(new Report.StateSaved(SHARD, 1, place(1)));
        ignored(hear(new SaveState(0)));
        make(2);
        assertThat(said(hear(new SaveState(1))))
                .as("and it has gone on since")
                .isEqualTo(new Report.StateSaved(SHARD, 1, place(1)));
    }

    @Test
    void saysThatItIsReadyAgainAfterACommandThatItCouldNotRead() {
        assertThat(said(driver.on(new ShardInput.CommandSkipped())))
                .isEqualTo(new Report.ShardReady(SHARD, 0));
    }

    @Test
    void savesACheckpointAndComesBackToIt() {
        ShardTransaction save = written(hear(new SaveCheckpoint("c", 0)));
        ShardState saved = ((ShardTransaction.NewCheckpoint) save).state();
        assertThat(commit(save)).isEmpty();
        make(1);
        assertThat(hear(new RestoreCheckpoint("c", 0, 1)))
                .containsExactly(new ShardAction.ReadCheckpoint("c"));
        ShardTransaction restored = written(driver.on(new ShardInput.CheckpointRead(saved)));
        assertThat(restored.report()).isEqualTo(new Report.CheckpointRestored(SHARD, "c", 2));
        assertThat(driver.version()).isEqualTo(1);
        assertThat(commit(restored))
                .as("it is saved, so nothing needs what version 1 was made of")
                .containsExactly(new ShardAction.DeleteGradients(12));
        assertThat(driver.state()).isEqualTo(saved.as(2));
        ignored(hear(new SaveState(2)));
    }

    @Test
    void aRollbackWaitsForTheStateThatIsBeingWritten() {
        make(1);
        begun(hear(new SaveState(1)));
        make(2);
        assertThat(hear(new SaveState(2))).isEmpty();
        assertThat(hear(new RestoreCheckpoint("c", 0, 2)))
                .containsExactly(new ShardAction.AwaitState());
        ShardTransaction said = written(driver.on(stateWritten(1)));
        assertThat(said.report()).isEqualTo(new Report.StateSaved(SHARD, 1, place(1)));
        assertThat(commit(said)).containsExactly(new ShardAction.ReadCheckpoint("c"));
    }

    @Test
    void whoFindsAnotherCheckpointWritesFirstSoThatItEndsAsFencedIfItIs() {
        hear(new RestoreCheckpoint("c", 7, 0));
        ShardTransaction answer =
                written(driver.on(new ShardInput.CheckpointUnusable("c is of version 9")));
        assertThat(answer.report()).isEqualTo(new Report.ShardReady(SHARD, 0));
        assertThat(commit(answer)).containsExactly(new ShardAction.End("c is of version 9"));
        assertThatThrownBy(() -> hear(TWO)).isInstanceOf(IllegalStateException.class);
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
        driver.drive(new ShardInput.CommandRead(TWO), action -> {
            done.add(action);
            return switch (action) {
                case ShardAction.ReadGradients read -> Optional.of(whole(read.contribution(), 0));
                case ShardAction.PublishSum publish ->
                    Optional.of(new ShardInput.SumPublished(publish.sum(), PUBLISHED));
                default -> Optional.empty();
            };
        });
        assertThat(done).hasSize(4);
        assertThat(done.get(2)).isInstanceOf(ShardAction.PublishSum.class);
        assertThat(said(List.of(done.get(3)))).isInstanceOf(Report.ShardSummed.class);
        assertThat(hear(FIX_TWO)).isNotEmpty();
    }

    /** What a driver awaits, and what it must not be given then. */
    private enum Awaits {
        A_COMMAND,
        GRADIENTS,
        A_PUBLICATION,
        A_COMMITTED_CONTRIBUTION,
        A_COMMITTED_SUM,
        A_STATE,
        A_CHECKPOINT,
        A_COMMIT
    }

    private record Illegal(Awaits when, ShardInput input) {}

    static Stream<Illegal> illegalMoves() {
        ShardInput heard = new ShardInput.CommandRead(TWO);
        ShardInput skipped = new ShardInput.CommandSkipped();
        ShardInput listening = new ShardInput.Listening(7);
        ShardInput gradients =
                new ShardInput.GradientsRead(new ContributionRead(ref(1, 4, 5), 0, LAYOUT, SHARD));
        ShardInput sum = new ShardInput.SumRead(
                new PublishedSum(FIX_TWO, FIX_TWO.source().get(), LAYOUT, SHARD));
        ShardInput published = new ShardInput.SumPublished(
                new SumToPublish(
                        "me-1",
                        List.of(),
                        List.of(),
                        new Report.ShardSummed(SHARD, 0, List.of(), 0)),
                PUBLISHED);
        ShardInput checkpoint =
                new ShardInput.CheckpointRead(ShardState.initial(SHARD, new float[3]));
        ShardInput unusable = new ShardInput.CheckpointUnusable("gone");
        ShardInput committed = new ShardInput.Committed(
                new ShardTransaction.Answer(new Report.ShardReady(SHARD, 0)));
        // of another version than was asked for
        ShardInput state = stateWritten(8);
        List<ShardInput> all = List.of(
                heard,
                skipped,
                listening,
                gradients,
                sum,
                published,
                checkpoint,
                unusable,
                committed,
                state);
        List<Illegal> moves = new ArrayList<>();
        for (Awaits when : Awaits.values()) {
            // another answer of the right kind than was asked for is one of them, too
            List<ShardInput> legal = switch (when) {
                case A_COMMAND -> List.of(heard, skipped, listening);
                case A_CHECKPOINT -> List.of(checkpoint, unusable);
                default -> List.of();
            };
            all.stream()
                    .filter(input -> !legal.contains(input))
                    .forEach(input -> moves.add(new Illegal(when, input)));
        }
        return moves.stream();
    }

    @ParameterizedTest
    @MethodSource("illegalMoves")
    void anInputThatNobodyAwaitsIsABug(Illegal illegal) {
        switch (illegal.when()) {
            case A_COMMAND -> {}
            case GRADIENTS -> hear(TWO);
            case A_PUBLICATION -> sumTwo();
            case A_COMMITTED_CONTRIBUTION -> hear(fix(1));
            case A_COMMITTED_SUM -> hear(FIX_TWO);
            case A_STATE -> {
                make(1);
                hear(new SaveState(1));
                hear(new RestoreCheckpoint("c", 0, 1));
            }
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
