package dev.plimsoll.coordinator.parameters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.SquaredNorm;
import dev.plimsoll.model.optimizer.StateDigest;
import dev.plimsoll.model.optimizer.StochasticBf16;
import dev.plimsoll.wire.codec.Checksums;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command.ApplyStep;
import dev.plimsoll.wire.protocol.Command.FixClip;
import dev.plimsoll.wire.protocol.Command.RestoreCheckpoint;
import dev.plimsoll.wire.protocol.Command.SaveCheckpoint;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.SumSource;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.wire.tensor.TensorDtype;

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
    /** Two manifests and two chunks. */
    private static final String INCARNATION = "me";

    private static final String PART =
            "sum/" + SumToPublish.publication(INCARNATION, 1, 0, List.of(1L, 2L));
    private static final ChunkSpan SPAN = new ChunkSpan(
            SHARD, 20, 23, SumToPublish.publication(INCARNATION, 1, 0, List.of(1L, 2L)));

    private final ShardCore core = new ShardCore(
            LAYOUT, OPTIMIZER, ShardState.initial(SHARD, new float[LENGTH]), INCARNATION);

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
        return chunk(contribution, chunk, value, TensorDtype.F32);
    }

    private static TensorChunk chunk(long contribution, int chunk, float value, TensorDtype dtype) {
        float[] values = new float[LAYOUT.chunkLength(SHARD, chunk)];
        java.util.Arrays.fill(values, value);
        if (dtype == TensorDtype.F32) {
            return new TensorChunk(SHARD, chunk, "sum", contribution, values);
        }
        byte[] bytes = new byte[2 * values.length];
        StochasticBf16.ofContribution(contribution).encode(values, 0, bytes, 0);
        return new TensorChunk(SHARD, chunk, "sum", contribution, dtype, bytes);
    }

    private static void whole(ContributionRead read, long contribution, long attempt, float value) {
        read.take(manifest(contribution, attempt, attempt));
        read.take(chunk(contribution, 1, value));
        read.take(chunk(contribution, 0, value));
    }

    private static ApplyStep apply(long baseVersion, ContributionRef... refs) {
        return new ApplyStep(0, baseVersion, List.of(refs), 10);
    }

    /** Of the sum of contribution 1 alone. */
    private static FixClip fix(long version, long update) {
        return fix(version, update, SumSource.of(ref(1, 11)));
    }

    private static FixClip fix(long version, long update, SumSource source) {
        return new FixClip(0, 1, 0.1, 0.1, version, update, Optional.of(source));
    }

    private static SumSource published() {
        return new SumSource(
                true, 0, List.of(SPAN, new ChunkSpan(0, 1, 2, "other")), List.of(1L, 2L));
    }

    private ContributionSum sum(ApplyStep command) {
        return ((ShardCore.Response.Sum) core.on(command)).sum();
    }

    private ShardTransaction.Folded folded(FixClip command) {
        return (ShardTransaction.Folded)
                ((ShardCore.Response.Write) core.on(command)).transaction();
    }

    private static ShardCore.Response answer(Report.OfShard report) {
        return new ShardCore.Response.Write(new ShardTransaction.Answer(report));
    }

    private ContributionSum sumTwo(TensorDtype dtype) {
        ContributionSum sum = sum(apply(0, ref(1, 11), ref(2, 12)));
        for (long contribution = 1; contribution <= 2; contribution++) {
            ContributionRead read = sum.next().orElseThrow();
            assertThat(read.contribution()).isEqualTo(contribution);
            read.take(manifest(contribution, 10 + contribution, 10 + contribution));
            for (int chunk = 0; chunk < 2; chunk++) {
                read.take(chunk(contribution, chunk, 1 + (contribution - 1) / 128f, dtype));
            }
            assertThat(sum.add(read)).isEmpty();
        }
        assertThat(sum.next()).isEmpty();
        return sum;
    }

    private SumToPublish publishTwo(TensorDtype dtype) {
        ContributionSum sum = sumTwo(dtype);
        SumToPublish published = core.summed(sum).orElseThrow();
        core.published(sum, published.report(SPAN));
        return published;
    }

    private static float[] joined(SumToPublish published) {
        float[] whole = new float[LENGTH];
        published.chunks().forEach(chunk -> {
            float[] values = chunk.values();
            System.arraycopy(values, 0, whole, LAYOUT.chunkStart(chunk.chunk()), values.length);
        });
        return whole;
    }

    @Test
    void aSumOfSeveralIsPublishedAsItIsApplied() {
        assertThat(core.ready()).isEqualTo(new Report.ShardReady(SHARD, 0));
        SumToPublish published = publishTwo(TensorDtype.F32);
        assertThat(published.manifests())
                .containsExactly(manifest(1, 11, 11L), manifest(2, 12, 12L));
        assertThat(published.chunks())
                .extracting(TensorChunk::toString)
                .containsExactly(
                        "1/0/" + PART + " of 0, " + (LENGTH - 3) + " F32",
                        "1/1/" + PART + " of 0, 3 F32");
        float[] sum = joined(published);
        assertThat(sum[LENGTH - 1]).isEqualTo(2 + 1 / 128f);
        Report.ShardSummed report = published.report(SPAN);
        assertThat(report)
                .isEqualTo(new Report.ShardSummed(
                        SHARD, 0, List.of(1L, 2L), SquaredNorm.of(sum), Optional.of(SPAN)));
        assertThat(core.on(apply(0, ref(1, 11), ref(2, 12)))).isEqualTo(answer(report));

        ShardTransaction.Folded folded = folded(fix(1, 1, published()));
        assertThat(folded.manifest().builtFrom()).isEqualTo(published.manifests());
        assertThat(folded.manifest().hasState()).isFalse();
        assertThat(core.state().master()[LENGTH - 1])
                .isCloseTo(-0.1f, org.assertj.core.api.Assertions.within(1e-6f));
    }

    @Test
    void aSumOfBf16IsRoundedAndTheRoundedValuesAreApplied() {
        SumToPublish published = publishTwo(TensorDtype.BF16);
        float[] rounded = joined(published);
        // 2 + 1/128 lies between 2 and 2 + 1/64
        assertThat(rounded).contains(2f, 2 + 1 / 64f).doesNotContain(2 + 1 / 128f);
        long first = LAYOUT.start(SHARD);
        StochasticBf16 rounding = StochasticBf16.ofSum(0);
        for (int i : new int[] {0, 1, 77, LENGTH - 4, LENGTH - 3, LENGTH - 1}) {
            assertThat(rounded[i])
                    .isEqualTo(Float.intBitsToFloat(rounding.round(2 + 1 / 128f, first + i) << 16));
        }
        assertThat(published.summed().squaredNorm()).isEqualTo(SquaredNorm.of(rounded));
        folded(fix(1, 1, published()));
        assertThat(core.state()).isEqualTo(made(rounded, 1));
    }

    /** Version 1, by AdamW alone. */
    private static ShardState made(float[] sum, long update) {
        float[] p = new float[LENGTH];
        float[] m = new float[LENGTH];
        float[] v = new float[LENGTH];
        new AdamW(OPTIMIZER).fold(new AdamW.Vectors(p, m, v), sum, 0.1, update, 0.1);
        return new ShardState(SHARD, 1, update, p, m, v);
    }

    @Test
    void aSumIsRoundedOnlyWhereAllTravelledSo() {
        ContributionSum sum = sum(apply(0, ref(1, 11), ref(2, 12)));
        for (long contribution = 1; contribution <= 2; contribution++) {
            TensorDtype dtype = contribution == 1 ? TensorDtype.BF16 : TensorDtype.F32;
            ContributionRead read = sum.next().orElseThrow();
            read.take(manifest(contribution, 10 + contribution, contribution));
            read.take(chunk(contribution, 0, 1, dtype));
            read.take(chunk(contribution, 1, 1, dtype));
            assertThat(sum.add(read)).isEmpty();
        }
        assertThat(core.summed(sum).orElseThrow().chunks())
                .extracting(TensorChunk::dtype)
                .containsOnly(TensorDtype.F32);
    }

    @Test
    void theOnlyContributionIsReportedAndFoldedAsItIs() {
        ContributionSum sum = sum(apply(0, ref(1, 11)));
        ContributionRead read = sum.next().orElseThrow();
        whole(read, 1, 11, 1.01171875f);
        assertThat(sum.add(read)).isEmpty();
        assertThat(core.summed(sum)).isEmpty();
        float[] values = new float[LENGTH];
        java.util.Arrays.fill(values, 1.01171875f);
        Report.ShardSummed report =
                new Report.ShardSummed(SHARD, 0, List.of(1L), SquaredNorm.of(values));
        assertThat(core.kept(sum)).isEqualTo(report);
        assertThat(core.on(apply(0, ref(1, 11)))).isEqualTo(answer(report));
        ShardTransaction.Folded folded = folded(fix(1, 1));
        ShardState expected = made(values, 1);
        assertThat(core.state()).isEqualTo(expected);
        long digest = StateDigest.of(expected.master(), LAYOUT.start(SHARD));
        assertThat(folded.report()).isEqualTo(new Report.ShardApplied(SHARD, 0, 1, digest));
        assertThat(folded.manifest())
                .isEqualTo(new ShardManifest(
                        SHARD,
                        0,
                        1,
                        List.of(),
                        List.of(manifest(1, 11, 11L)),
                        Optional.empty(),
                        digest));
        assertThat(core.on(fix(1, 1))).isInstanceOf(ShardCore.Response.Ignored.class);
        assertThat(core.on(apply(0, ref(1, 11)))).isInstanceOf(ShardCore.Response.Ignored.class);
    }

    @Test
    void theUpdateIsTheCommandsNotTheVersions() {
        step(0, 1);
        step(1, 1);
        assertThat(core.state().version()).isEqualTo(2);
        assertThat(core.state().updates()).isEqualTo(1);
    }

    private void step(long baseVersion, long update) {
        ContributionSum sum = sum(apply(baseVersion, ref(1, 11)));
        ContributionRead read = sum.next().orElseThrow();
        whole(read, 1, 11, 1);
        assertThat(sum.add(read)).isEmpty();
        core.kept(sum);
        folded(fix(baseVersion + 1, update));
    }

    @Test
    void whatWasHandedOutDoesNotChange() {
        step(0, 1);
        ShardState one = core.state();
        ShardState copy = new ShardState(
                SHARD,
                1,
                1,
                one.master().clone(),
                one.firstMoment().clone(),
                one.secondMoment().clone());
        step(1, 2);
        step(2, 3);
        assertThat(one).isEqualTo(copy);
        ShardState written = core.write().state();
        assertThat(written.version()).isEqualTo(3);
        float last = written.master()[LENGTH - 1];
        step(3, 4);
        step(4, 5);
        assertThat(written.master()[LENGTH - 1]).isEqualTo(last);
        assertThat(core.state().master()[LENGTH - 1]).isNotEqualTo(last);
    }

    @Test
    void aCommittedContributionIsReadBack() {
        FixClip command = fix(1, 1);
        ContributionRead read =
                (ContributionRead) ((ShardCore.Response.ReadBack) core.on(command)).read();
        assertThat(read.ref()).isEmpty();
        assertThat(read.spans()).containsExactly(new ChunkSpan(SHARD, 0, 2));
        whole(read, 1, 11, 1);
        ShardTransaction.Folded folded = (ShardTransaction.Folded) core.readBack(command, read);
        assertThat(folded.manifest().builtFrom()).containsExactly(manifest(1, 11, 11L));
        float[] values = new float[LENGTH];
        java.util.Arrays.fill(values, 1);
        assertThat(core.state()).isEqualTo(made(values, 1));
    }

    @Test
    void aCommittedContributionMustBeWholeAndFinite() {
        FixClip command = fix(1, 1);
        assertThat(unusable(command, read -> {})).isEqualTo("its manifest is missing");
        assertThat(unusable(command, read -> {
                    read.take(manifest(1, 12, 0L));
                    read.take(chunk(1, 0, 1));
                }))
                .contains("chunk 1 of 2 is missing");
        assertThat(unusable(command, read -> {
                    read.take(manifest(1, 12, 0L));
                    read.take(chunk(1, 0, 1));
                    read.take(chunk(1, 1, Float.NaN));
                }))
                .contains("NaN");
        assertThat(core.version()).isZero();
    }

    private String unusable(FixClip command, Consumer<SourceRead> records) {
        SourceRead read = ((ShardCore.Response.ReadBack) core.on(command)).read();
        records.accept(read);
        Report.ContributionUnusable report =
                (Report.ContributionUnusable) core.readBack(command, read).report();
        assertThat(report.contribution()).isEqualTo(command.source().get().owner());
        return report.note();
    }

    @Test
    void aPublishedSumIsReadBackByAnOwnerThatDoesNotHoldIt() {
        SumToPublish published = publishTwo(TensorDtype.BF16);
        folded(fix(1, 1, published()));
        ShardCore next = new ShardCore(
                LAYOUT, OPTIMIZER, ShardState.initial(SHARD, new float[LENGTH]), INCARNATION);
        FixClip command = fix(1, 1, published());
        PublishedSum read = (PublishedSum) ((ShardCore.Response.ReadBack) next.on(command)).read();
        assertThat(read.spans()).containsExactly(SPAN);
        for (int i = 0; i < 2; i++) { // records may repeat
            published.manifests().forEach(read::take);
            published.chunks().forEach(read::take);
        }
        ShardTransaction.Folded folded = (ShardTransaction.Folded) next.readBack(command, read);
        assertThat(folded.manifest().builtFrom()).isEqualTo(published.manifests());
        assertThat(next.state()).isEqualTo(core.state());
    }

    @Test
    void onlyThePublicationThatTheJournalNamesCounts() {
        SumToPublish published = publishTwo(TensorDtype.F32);
        ShardCore next = new ShardCore(
                LAYOUT, OPTIMIZER, ShardState.initial(SHARD, new float[LENGTH]), "next");
        FixClip command = fix(1, 1, published());
        PublishedSum read = (PublishedSum) ((ShardCore.Response.ReadBack) next.on(command)).read();
        assertThat(read.wants(published.manifestKey(0))).isTrue();
        assertThat(read.wants("1/manifest/0/other-1")).isFalse();
        published.manifests().forEach(read::take);
        read.take(manifest(3, 13, 13L));
        published.chunks().forEach(read::take);
        // of another owner, of other contributions, of a transaction, of another step
        for (String part : List.of("sum/next-12", "sum/" + INCARNATION + "-12", "sum")) {
            read.take(new TensorChunk(SHARD, 1, part, 0, new float[] {7, 7, 7}));
        }
        read.take(new TensorChunk(SHARD, 1, PART, 1, new float[] {7, 7, 7}));
        assertThat(next.readBack(command, read)).isInstanceOf(ShardTransaction.Folded.class);
        folded(fix(1, 1, published()));
        assertThat(next.state()).isEqualTo(core.state());
    }

    @Test
    void aSumFromBeforePublicationsIsStillRead() {
        ChunkSpan span = new ChunkSpan(SHARD, 20, 23);
        FixClip command = fix(1, 1, new SumSource(true, 0, List.of(span)));
        SourceRead read = ((ShardCore.Response.ReadBack) core.on(command)).read();
        read.take(manifest(1, 11, 11L));
        read.take(manifest(2, 12, 12L));
        read.take(new TensorChunk(SHARD, 0, "sum", 0, new float[LENGTH - 3]));
        read.take(new TensorChunk(SHARD, 1, "sum", 0, new float[3]));
        assertThat(core.readBack(command, read)).isInstanceOf(ShardTransaction.Folded.class);
    }

    @Test
    void aPublishedSumMustBeWhole() {
        FixClip command = fix(1, 1, published());
        Consumer<SourceRead> chunks = read -> {
            read.take(new TensorChunk(SHARD, 0, PART, 0, new float[LENGTH - 3]));
            read.take(new TensorChunk(SHARD, 1, PART, 0, new float[3]));
        };
        assertThat(unusable(command, read -> {
                    chunks.accept(read);
                    read.take(manifest(1, 11, 11L));
                }))
                .isEqualTo("of the sum's 2 manifests 1 can be read");
        Consumer<SourceRead> manifests = read -> {
            read.take(manifest(1, 11, 11L));
            read.take(manifest(2, 12, 12L));
        };
        assertThat(unusable(command, manifests)).contains("chunk 0 of 2 is missing");
        assertThat(unusable(
                        command,
                        manifests
                                .andThen(chunks)
                                .andThen(read -> read.take(
                                        new TensorChunk(SHARD, 1, PART, 0, new float[4])))))
                .contains("has 4 values instead of 3");
        assertThat(unusable(fix(1, 1, new SumSource(true, 0, List.of())), chunks))
                .isEqualTo("it is not said where the sum lies");
    }

    @Test
    void aSumThatIsNotTheOneCommittedIsNotUsed() {
        publishTwo(TensorDtype.F32);
        SumSource other = new SumSource(true, 0, List.of(new ChunkSpan(SHARD, 40, 43)));
        assertThat(core.on(fix(1, 1, other))).isInstanceOf(ShardCore.Response.ReadBack.class);
        assertThat(core.on(fix(1, 1, published())))
                .as("it was overwritten")
                .isInstanceOf(ShardCore.Response.ReadBack.class);
        ContributionSum sum = sum(apply(0, ref(2, 12)));
        ContributionRead read = sum.next().orElseThrow();
        whole(read, 2, 12, 1);
        sum.add(read);
        core.kept(sum);
        assertThat(core.on(fix(1, 1)))
                .as("another contribution was summed")
                .isInstanceOf(ShardCore.Response.ReadBack.class);
    }

    @Test
    void aCheckpointIsOfTheVersionItNamesOrOfNone() {
        step(0, 1);
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
                .isInstanceOf(ShardCore.Response.Early.class);
    }

    @Test
    void aRollbackIsAVersionAndGoesOnAsFromTheCheckpoint() {
        step(0, 1);
        ShardState saved = core.state();
        step(1, 2);
        ShardState undisturbed = core.state();
        step(2, 3);
        sum(apply(3, ref(1, 11)));
        RestoreCheckpoint command = new RestoreCheckpoint("c", 1, 3);
        assertThat(core.on(command)).isEqualTo(new ShardCore.Response.Load(command));
        assertThatThrownBy(() -> core.restored(command, undisturbed))
                .isInstanceOf(IllegalStateException.class);
        ShardTransaction.NewVersion restored = core.restored(command, saved);
        assertThat(restored.report()).isEqualTo(new Report.CheckpointRestored(SHARD, "c", 4));
        assertThat(restored.manifest().restored()).contains(new ShardManifest.Restored("c", 1));
        assertThat(restored.manifest().builtFrom()).isEmpty();
        assertThat(restored.manifest().digest())
                .isEqualTo(StateDigest.of(saved.master(), LAYOUT.start(SHARD)));
        core.adopt(restored);
        assertThatThrownBy(() -> core.adopt(restored)).isInstanceOf(IllegalStateException.class);
        assertThat(core.state()).isEqualTo(saved.as(4));
        assertThat(core.on(command)).isEqualTo(answer(restored.report()));
        assertThat(core.on(new RestoreCheckpoint("c", 1, 7)))
                .isInstanceOf(ShardCore.Response.Early.class);
        assertThat(core.on(new RestoreCheckpoint("c", 1, 2)))
                .isInstanceOf(ShardCore.Response.Ignored.class);
        step(4, 2);
        assertThat(core.state()).as("Adam's t among it").isEqualTo(undisturbed.as(5));
        assertThat(saved.version()).as("the checkpoint's own arrays").isEqualTo(1);
    }

    @Test
    void anotherListOfContributionsBeginsAnew() {
        publishTwo(TensorDtype.F32);
        ContributionSum other = sum(apply(0, ref(1, 11), ref(3, 13)));
        assertThat(core.on(fix(1, 1, published()))).isInstanceOf(ShardCore.Response.ReadBack.class);
        assertThat(other.isComplete()).isFalse();
        assertThatThrownBy(() -> core.kept(other)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatRestsOnALaterVersionIsEarlyAndWhatRestsOnNothingIsIgnored() {
        assertThat(core.on(apply(3, ref(1, 11))))
                .isEqualTo(new ShardCore.Response.Early(
                        3, "step 0 goes on top of version 3; shard 1 is at 0"));
        assertThat(core.on(fix(2, 2))).isInstanceOf(ShardCore.Response.Early.class);
        assertThat(core.on(apply(0))).isInstanceOf(ShardCore.Response.Ignored.class);
        assertThat(core.on(new FixClip(0, 1, 0.1, 0.1, 1, 1, Optional.empty())))
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
        assertThat(core.kept(sum).squaredNorm()).isEqualTo(LENGTH);
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
        ShardManifest bare = state.manifest(LAYOUT, 0, List.of());
        assertThat(bare.version()).isZero();
        assertThat(bare.hasState()).isFalse();
        assertThat(state.whole(LAYOUT, bare).chunkChecksums())
                .isEqualTo(state.adapterChunks(LAYOUT)
                        .map(chunk -> Checksums.crc32c(chunk.bytes()))
                        .toList());
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
        assertThatThrownBy(() -> new ShardState(0, 1, -1, one, one, one))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ShardState(0, 0, 0, one, one, new float[2]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
