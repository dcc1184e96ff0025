package dev.plimsoll.coordinator.parameters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.wire.protocol.ChunkSpan;
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
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

class ShardCoreTest {
    private static final OptimizerSettings OPTIMIZER = new OptimizerSettings(
            new LearningRate(0.1, LearningRate.Schedule.CONSTANT, 0, 0), 0.9, 0.999, 1e-8, 0, 0);
    /** Shard 1 of 2: two chunks, the second of three values. */
    private static final ShardLayout LAYOUT =
            new ShardLayout(2L * (ShardLayout.CHUNK_VALUES + 3), 2);

    private static final int LENGTH = ShardLayout.CHUNK_VALUES + 3;
    private static final int SHARD = 1;

    private final ShardCore core =
            new ShardCore(LAYOUT, OPTIMIZER, ShardState.initial(SHARD, new float[LENGTH]));

    private static ContributionRef ref(long contribution, long attempt) {
        return new ContributionRef(
                contribution, "a", 1, List.of(attempt), List.of(new ChunkSpan(SHARD, 0, 2)));
    }

    private static ContributionManifest manifest(
            long contribution, long attempt, Long... ordinals) {
        return new ContributionManifest(
                contribution, "a", 1, 0, List.of(new TrainedAttempt(attempt, List.of(ordinals))));
    }

    private static TensorChunk chunk(long contribution, int chunk, float value) {
        float[] values = new float[LAYOUT.chunkLength(SHARD, chunk)];
        java.util.Arrays.fill(values, value);
        return new TensorChunk(SHARD, chunk, "sum", contribution, values);
    }

    private static void whole(ContributionRead read, long contribution, long attempt, float value) {
        read.take(manifest(contribution, attempt, attempt));
        read.take(chunk(contribution, 1, value));
        read.take(chunk(contribution, 0, value));
    }

    private static ApplyStep apply(long baseVersion, ContributionRef... refs) {
        return new ApplyStep(0, baseVersion, List.of(refs), 10);
    }

    private ContributionSum sum(ApplyStep command) {
        return ((ShardCore.Response.Sum) core.on(command)).sum();
    }

    private ShardTransaction.NewVersion newVersion(FixClip command) {
        return (ShardTransaction.NewVersion)
                ((ShardCore.Response.Write) core.on(command)).transaction();
    }

    private static ShardCore.Response answer(Report.OfShard report) {
        return new ShardCore.Response.Write(new ShardTransaction.Answer(report));
    }

    private Report.ShardSummed sumTwo() {
        ContributionSum sum = sum(apply(0, ref(1, 11), ref(2, 12)));
        for (long contribution = 1; contribution <= 2; contribution++) {
            ContributionRead read = sum.next().orElseThrow();
            assertThat(read.ref().contribution()).isEqualTo(contribution);
            whole(read, contribution, 10 + contribution, (float) contribution);
            assertThat(sum.add(read)).isEmpty();
        }
        assertThat(sum.next()).isEmpty();
        return core.summed(sum);
    }

    @Test
    void sumsThenAppliesThenAnswers() {
        assertThat(core.ready()).isEqualTo(new Report.ShardReady(SHARD, 0));
        assertThat(sumTwo())
                .isEqualTo(new Report.ShardSummed(SHARD, 0, List.of(1L, 2L), 9.0 * LENGTH));
        ShardTransaction.NewVersion applied = newVersion(new FixClip(0, 1, 0.1, 0.1));
        assertThat(core.state().version()).as("until it is durable").isZero();
        assertThat(applied.report()).isEqualTo(new Report.ShardApplied(SHARD, 0, 1));
        assertThat(applied.manifest().builtFrom())
                .containsExactly(manifest(1, 11, 11L), manifest(2, 12, 12L));
        assertThat(applied.manifest().chunkChecksums()).hasSize(2);
        assertThat(applied.state().master()[LENGTH - 1])
                .isCloseTo(-0.1f, org.assertj.core.api.Assertions.within(1e-6f));
        core.adopt(applied);

        assertThat(core.ready()).isEqualTo(new Report.ShardReady(SHARD, 1));
        assertThat(core.on(apply(0, ref(1, 11), ref(2, 12))))
                .isEqualTo(answer(new Report.ShardApplied(SHARD, 0, 1)));
        assertThat(core.on(new FixClip(0, 1, 0.1, 0.1)))
                .isInstanceOf(ShardCore.Response.Ignored.class);
        assertThatThrownBy(() -> core.adopt(applied)).isInstanceOf(IllegalStateException.class);
    }

    private void step(long baseVersion) {
        ContributionSum sum = sum(apply(baseVersion, ref(1, 11)));
        ContributionRead read = sum.next().orElseThrow();
        whole(read, 1, 11, 1);
        assertThat(sum.add(read)).isEmpty();
        core.summed(sum);
        core.adopt(newVersion(new FixClip(0, 1, 0.1, 0.1)));
    }

    @Test
    void aCheckpointIsOfTheVersionItNamesOrOfNone() {
        step(0);
        ShardTransaction.NewCheckpoint save = (ShardTransaction.NewCheckpoint)
                ((ShardCore.Response.Write) core.on(new SaveCheckpoint("c", 1))).transaction();
        assertThat(save.report()).isEqualTo(new Report.CheckpointSaved(SHARD, "c", 1));
        assertThat(save.state().checkpointChunks(LAYOUT, save.name()))
                .extracting(TensorChunk::key)
                .containsExactly(
                        "1/0/checkpoint/c/master",
                        "1/1/checkpoint/c/master",
                        "1/0/checkpoint/c/firstMoment",
                        "1/1/checkpoint/c/firstMoment",
                        "1/0/checkpoint/c/secondMoment",
                        "1/1/checkpoint/c/secondMoment");
        assertThat(core.on(new SaveCheckpoint("c", 0)))
                .isInstanceOf(ShardCore.Response.Ignored.class);
        assertThat(core.on(new SaveCheckpoint("c", 2)))
                .isInstanceOf(ShardCore.Response.Ignored.class);
    }

    @Test
    void aRollbackIsAVersionAndGoesOnAsFromTheCheckpoint() {
        step(0);
        ShardState saved = core.state();
        step(1);
        ShardState undisturbed = core.state();
        step(2);
        sum(apply(3, ref(1, 11)));
        RestoreCheckpoint command = new RestoreCheckpoint("c", 1, 3);
        assertThat(core.on(command)).isEqualTo(new ShardCore.Response.Load(command));
        assertThatThrownBy(() -> core.restored(command, undisturbed))
                .isInstanceOf(IllegalStateException.class);
        ShardTransaction.NewVersion restored = core.restored(command, saved);
        assertThat(restored.report()).isEqualTo(new Report.CheckpointRestored(SHARD, "c", 4));
        assertThat(restored.manifest().restored()).contains(new ShardManifest.Restored("c", 1));
        assertThat(restored.manifest().builtFrom()).isEmpty();
        core.adopt(restored);
        assertThat(core.state()).isEqualTo(saved.as(4));
        assertThat(core.on(command)).isEqualTo(answer(restored.report()));
        assertThat(core.on(new RestoreCheckpoint("c", 1, 7)))
                .isInstanceOf(ShardCore.Response.Ignored.class);
        assertThat(core.on(new FixClip(0, 1, 0.1, 0.1)))
                .as("what was summed before it is void")
                .isInstanceOf(ShardCore.Response.Ignored.class);
        step(4);
        assertThat(core.state()).as("Adam's t among it").isEqualTo(undisturbed.as(5));
    }

    @Test
    void aRepeatedCommandIsAnsweredFromTheSumAtHand() {
        Report.ShardSummed first = sumTwo();
        assertThat(core.on(apply(0, ref(1, 11), ref(2, 12)))).isEqualTo(answer(first));
    }

    @Test
    void anotherListOfContributionsBeginsAnew() {
        sumTwo();
        ContributionSum other = sum(apply(0, ref(1, 11), ref(3, 13)));
        assertThat(core.on(new FixClip(0, 1, 0.1, 0.1)))
                .isInstanceOf(ShardCore.Response.Ignored.class);
        assertThat(other.isComplete()).isFalse();
        assertThatThrownBy(() -> core.summed(other)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aStepOnAnotherVersionOrWithoutASumIsIgnored() {
        assertThat(core.on(apply(3))).isInstanceOf(ShardCore.Response.Ignored.class);
        assertThat(core.on(new FixClip(0, 1, 0.1, 0.1)))
                .isInstanceOf(ShardCore.Response.Ignored.class);
        sumTwo();
        assertThat(core.on(new FixClip(1, 1, 0.1, 0.1)))
                .isInstanceOf(ShardCore.Response.Ignored.class);
    }

    private static Arguments flaw(String expected, Consumer<ContributionRead> records) {
        return Arguments.of(expected, records);
    }

    static Stream<Arguments> flaws() {
        return Stream.of(
                flaw("manifest is missing", read -> read.take(chunk(1, 0, 1))),
                flaw("manifest is missing", read -> read.take(manifest(9, 11, 0L))),
                flaw("two manifests", read -> {
                    read.take(manifest(1, 11, 0L));
                    read.take(manifest(1, 11, 1L));
                }),
                flaw(
                        "generation 7",
                        read -> read.take(new ContributionManifest(1, "a", 7, 0, List.of()))),
                flaw("of b", read -> read.take(new ContributionManifest(1, "b", 1, 0, List.of()))),
                flaw(
                        "step 4",
                        read -> read.take(new ContributionManifest(1, "a", 1, 4, List.of()))),
                flaw("instead of [11]", read -> read.take(manifest(1, 12, 0L))),
                flaw("chunk 1 of 2 is missing", read -> {
                    read.take(manifest(1, 11, 0L));
                    read.take(chunk(1, 0, 1));
                    read.take(chunk(9, 1, 1));
                    read.take(new TensorChunk(0, 1, "sum", 1, new float[3]));
                }),
                flaw("NaN", read -> whole(read, 1, 11, Float.NaN)),
                flaw("Infinity", read -> whole(read, 1, 11, Float.NEGATIVE_INFINITY)),
                flaw(
                        "chunk 2 of 2",
                        read -> read.take(new TensorChunk(SHARD, 2, "sum", 1, new float[3]))),
                flaw(
                        "chunk -1 of 2",
                        read -> read.take(new TensorChunk(SHARD, -1, "sum", 1, new float[3]))),
                flaw(
                        "has 4 values instead of 3",
                        read -> read.take(new TensorChunk(SHARD, 1, "sum", 1, new float[4]))),
                flaw("twice", read -> {
                    read.take(chunk(1, 1, 1));
                    read.take(chunk(1, 1, 2));
                }));
    }

    @ParameterizedTest
    @MethodSource("flaws")
    void aFlawedContributionSpoilsTheSum(String expected, Consumer<ContributionRead> records) {
        ContributionSum sum = sum(apply(0, ref(1, 11)));
        ContributionRead read = sum.next().orElseThrow();
        records.accept(read);
        Report.ContributionUnusable unusable = sum.add(read).orElseThrow();
        assertThat(unusable.contribution()).isEqualTo(1);
        assertThat(unusable.note()).contains(expected);
        assertThat(sum.next()).isEmpty();
        assertThat(sum.isComplete()).isFalse();
    }

    @Test
    void recordsMayRepeat() {
        ContributionSum sum = sum(apply(0, ref(1, 11)));
        ContributionRead read = sum.next().orElseThrow();
        whole(read, 1, 11, 1);
        whole(read, 1, 11, 1);
        assertThat(sum.add(read)).isEmpty();
        assertThat(core.summed(sum).squaredNorm()).isEqualTo(LENGTH);
    }

    @Test
    void aSequenceThatIsInTheSumAlreadyIsNotedWhateverThePlannerSays() {
        ContributionSum sum = sum(apply(0, ref(1, 11), ref(2, 12)));
        ContributionRead first = sum.next().orElseThrow();
        whole(first, 1, 11, 1);
        sum.add(first);
        ContributionRead second = sum.next().orElseThrow();
        second.take(manifest(2, 12, 5L, 11L));
        second.take(chunk(2, 0, 1));
        second.take(chunk(2, 1, 1));
        Optional<Report.ContributionUnusable> unusable = sum.add(second);
        assertThat(unusable.orElseThrow().note()).contains("ordinal 11 is in the sum already");
    }

    @Test
    void aStateTravelsAsChunks() {
        ShardState state = core.state();
        assertThat(state.adapterChunks(LAYOUT))
                .extracting(TensorChunk::key)
                .containsExactly("1/0/master", "1/1/master");
        assertThat(state.optimizerChunks(LAYOUT))
                .extracting(TensorChunk::key)
                .containsExactly(
                        "1/0/firstMoment",
                        "1/1/firstMoment",
                        "1/0/secondMoment",
                        "1/1/secondMoment");
        assertThat(state.manifest(LAYOUT, 0, List.of()).version()).isZero();
        ShardState cut = ShardState.initial(SHARD, new float[3]);
        assertThatThrownBy(() -> cut.adapterChunks(LAYOUT))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void statesAreEqualByValue() {
        float[] one = {1};
        ShardState state = new ShardState(0, 1, 1, one, one, one);
        assertThat(state)
                .isEqualTo(
                        new ShardState(0, 1, 1, new float[] {1}, new float[] {1}, new float[] {1}))
                .hasSameHashCodeAs(new ShardState(0, 1, 1, new float[] {1}, one, one))
                .hasToString("shard 0 at version 1, 1 parameters")
                .isNotEqualTo(new ShardState(1, 1, 1, one, one, one))
                .isNotEqualTo(new ShardState(0, 2, 1, one, one, one))
                .isNotEqualTo(new ShardState(0, 1, 0, one, one, one))
                .isNotEqualTo(new ShardState(0, 1, 1, new float[] {2}, one, one))
                .isNotEqualTo(new ShardState(0, 1, 1, one, new float[] {2}, one))
                .isNotEqualTo(new ShardState(0, 1, 1, one, one, new float[] {2}))
                .isNotEqualTo(null);
        assertThatThrownBy(() -> new ShardState(0, 0, 0, one, new float[2], one))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ShardState(0, 1, 2, one, one, one))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ShardState(0, 0, 0, one, one, new float[2]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
