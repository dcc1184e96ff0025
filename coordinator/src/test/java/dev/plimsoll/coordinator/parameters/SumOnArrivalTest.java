package dev.plimsoll.coordinator.parameters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.optimizer.StochasticBf16;
import dev.plimsoll.wire.protocol.ChunkSpan;
import dev.plimsoll.wire.protocol.Command.ApplyStep;
import dev.plimsoll.wire.protocol.Command.ExpectContributions;
import dev.plimsoll.wire.protocol.ContributionManifest;
import dev.plimsoll.wire.protocol.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.protocol.ContributionRef;
import dev.plimsoll.wire.protocol.StatePlace;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorChunk;
import dev.plimsoll.wire.tensor.TensorDtype;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/** What is summed before it is named has the bits of what is summed then, or it is dropped. */
class SumOnArrivalTest {
    private static final OptimizerSettings OPTIMIZER = new OptimizerSettings(
            new LearningRate(0.1, LearningRate.Schedule.CONSTANT, 0, 0), 0.9, 0.999, 1e-8, 0, 0);
    private static final int SHARD = 1;
    /** Each of two shards has three chunks: of four, four and two values. */
    private static final ShardLayout LAYOUT = new ShardLayout(20, 2, 4);

    private static final List<Long> IDS = List.of(1L, 2L, 3L);
    private static final ApplyStep NAMED = new ApplyStep(0, 0, List.of(ref(1), ref(2), ref(3)), 10);

    private final ShardDriver driver = new ShardDriver(
            LAYOUT,
            OPTIMIZER,
            ShardState.initial(SHARD, new float[LAYOUT.length(SHARD)]),
            new StatePlace(SHARD, 0, 0),
            "me");

    @BeforeEach
    void listen() {
        ShardAction.Write ready =
                (ShardAction.Write) driver.on(new ShardInput.Listening(7)).getFirst();
        driver.on(new ShardInput.Committed(ready.transaction()));
    }

    private static ContributionRef ref(long contribution) {
        return new ContributionRef(
                contribution,
                "a",
                1,
                List.of(10 + contribution),
                List.of(new ChunkSpan(SHARD, 10 * contribution, 10 * contribution + 5)));
    }

    private static ContributionManifest manifest(long contribution) {
        return new ContributionManifest(
                contribution,
                "a",
                1,
                0,
                List.of(new TrainedAttempt(10 + contribution, List.of(contribution))));
    }

    /** Values whose sum depends on the order. */
    private static TensorChunk chunk(long contribution, int chunk, TensorDtype dtype) {
        Random random = new Random(100 * contribution + chunk);
        float[] values = new float[LAYOUT.chunkLength(SHARD, chunk)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(8)));
        }
        if (dtype == TensorDtype.F32) {
            return new TensorChunk(SHARD, chunk, TensorChunk.SUM, contribution, values);
        }
        byte[] bytes = new byte[2 * values.length];
        StochasticBf16.ofContribution(contribution).encode(values, 0, bytes, 0);
        return new TensorChunk(SHARD, chunk, TensorChunk.SUM, contribution, dtype, bytes);
    }

    private static List<TensorChunk> chunks(TensorDtype dtype) {
        List<TensorChunk> chunks = new ArrayList<>();
        for (long id : IDS) {
            for (int chunk = 0; chunk < LAYOUT.chunks(SHARD); chunk++) {
                chunks.add(chunk(id, chunk, dtype));
            }
        }
        return chunks;
    }

    private List<ShardAction> expect(List<Long> ids, ChunkSpan... arrived) {
        return driver.on(
                new ShardInput.CommandRead(new ExpectContributions(0, 0, ids, List.of(arrived))));
    }

    private SumOnArrival following() {
        return ((ShardAction.Follow) expect(IDS).getFirst()).sum();
    }

    /** What is published when the step is named, and before it; of contributions read as told. */
    private SumToPublish named(List<TensorChunk> before, TensorDtype dtype) {
        List<ShardAction> actions = driver.on(new ShardInput.CommandRead(NAMED));
        if (actions.getFirst() instanceof ShardAction.ReadArrivals(SumOnArrival sum, long to)) {
            assertThat(to).as("behind the last").isEqualTo(36);
            actions = driver.on(new ShardInput.ArrivalsRead(sum));
        }
        while (actions.getFirst() instanceof ShardAction.ReadGradients(ContributionRead read)) {
            read.take(manifest(read.contribution()));
            chunks(dtype).forEach(read::take);
            actions = driver.on(new ShardInput.GradientsRead(read));
        }
        SumToPublish sum = ((ShardAction.PublishSum) actions.getFirst()).sum();
        List<TensorChunk> all = new ArrayList<>(before);
        all.addAll(sum.chunks());
        return new SumToPublish(sum.publication(), sum.manifests(), all, sum.summed());
    }

    private List<TensorChunk> sent(SumOnArrival sum) {
        List<TensorChunk> chunks = new ArrayList<>();
        driver.on(new ShardInput.Arrived(sum)).forEach(action -> {
            ShardAction.SendChunks send = (ShardAction.SendChunks) action;
            assertThat(send.publication()).isEqualTo(sum.publication());
            chunks.addAll(send.chunks());
        });
        return chunks;
    }

    private static void assertSame(SumToPublish sum, TensorDtype dtype) {
        SumOnArrivalTest other = new SumOnArrivalTest();
        other.listen();
        SumToPublish plain = other.named(List.of(), dtype);
        assertThat(sum.summed()).isEqualTo(plain.summed());
        assertThat(sum.manifests()).isEqualTo(plain.manifests());
        assertThat(values(sum)).isEqualTo(values(plain));
    }

    private static List<List<Float>> values(SumToPublish sum) {
        List<List<Float>> values = new ArrayList<>();
        for (int chunk = 0; chunk < LAYOUT.chunks(SHARD); chunk++) {
            int number = chunk;
            List<TensorChunk> found =
                    sum.chunks().stream().filter(is -> is.chunk() == number).toList();
            assertThat(found).as("chunk %d", chunk).hasSize(1);
            assertThat(found.getFirst().part()).isEqualTo(TensorChunk.sumPart(sum.publication()));
            List<Float> ofChunk = new ArrayList<>();
            for (float value : found.getFirst().values()) {
                ofChunk.add(value);
            }
            values.add(ofChunk);
        }
        return values;
    }

    @ParameterizedTest
    @EnumSource
    void whateverOrderItArrivesInTheBitsAreThoseOfTheNamedOrder(TensorDtype dtype) {
        for (int seed = 0; seed < 20; seed++) {
            SumOnArrivalTest test = new SumOnArrivalTest();
            test.listen();
            SumOnArrival sum = test.following();
            List<TensorChunk> arriving = new ArrayList<>(chunks(dtype));
            arriving.add(arriving.getFirst());
            Collections.shuffle(arriving, new Random(seed));
            List<TensorChunk> sent = new ArrayList<>();
            for (TensorChunk chunk : arriving) {
                sum.take(chunk);
                sent.addAll(test.sent(sum));
            }
            IDS.forEach(id -> sum.take(manifest(id)));
            assertThat(sent).as("published before it is named").hasSize(3);
            assertThat(sum.wantsMore()).isFalse();
            SumToPublish published = test.named(sent, dtype);
            assertThat(published.publication()).isEqualTo(sum.publication());
            assertSame(published, dtype);
        }
    }

    @Test
    void aChunkGoesOutAsSoonAsItIsSummed() {
        SumOnArrival sum = following();
        sum.take(chunk(1, 2, TensorDtype.F32));
        sum.take(chunk(3, 2, TensorDtype.F32));
        sum.take(chunk(1, 0, TensorDtype.F32));
        assertThat(sent(sum)).isEmpty();
        sum.take(chunk(2, 2, TensorDtype.F32));
        assertThat(sent(sum)).extracting(TensorChunk::chunk).containsExactly(2);
        assertThat(sent(sum)).isEmpty();
    }

    /** By name, what is amiss. */
    private static Consumer<SumOnArrival> amiss(String what) {
        Consumer<SumOnArrival> whole = sum -> {
            IDS.forEach(id -> sum.take(manifest(id)));
            chunks(TensorDtype.F32).forEach(sum::take);
        };
        return switch (what) {
            case "a chunk is missing" ->
                sum -> {
                    IDS.forEach(id -> sum.take(manifest(id)));
                    chunks(TensorDtype.F32).stream().skip(1).forEach(sum::take);
                };
            case "a manifest is missing" ->
                sum -> {
                    sum.take(manifest(1));
                    chunks(TensorDtype.F32).forEach(sum::take);
                };
            case "a manifest is of another" ->
                sum -> {
                    sum.take(new ContributionManifest(2, "b", 1, 0, manifest(2).attempts()));
                    sum.take(manifest(1));
                    sum.take(manifest(3));
                    chunks(TensorDtype.F32).forEach(sum::take);
                };
            case "two manifests differ" ->
                whole.andThen(sum -> sum.take(new ContributionManifest(1, "a", 1, 0, List.of())));
            case "a chunk comes twice with other values" ->
                whole.andThen(sum -> sum.take(
                        new TensorChunk(SHARD, 0, TensorChunk.SUM, 1, new float[] {1, 2, 3, 4})));
            case "a chunk has another length" ->
                whole.andThen(sum ->
                        sum.take(new TensorChunk(SHARD, 0, TensorChunk.SUM, 1, new float[1])));
            case "a value is not finite" ->
                sum -> {
                    sum.take(new TensorChunk(
                            SHARD, 0, TensorChunk.SUM, 1, new float[] {1, Float.NaN, 3, 4}));
                    whole.accept(sum);
                };
            case "one chunk of three travelled in bf16" ->
                sum -> {
                    IDS.forEach(id -> sum.take(manifest(id)));
                    IDS.forEach(id -> sum.take(chunk(id, 0, TensorDtype.BF16)));
                    chunks(TensorDtype.F32).stream()
                            .filter(chunk -> chunk.chunk() > 0)
                            .forEach(sum::take);
                };
            default -> SumOnArrival::giveUp;
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a chunk is missing",
                "a manifest is missing",
                "a manifest is of another",
                "two manifests differ",
                "a chunk comes twice with other values",
                "a chunk has another length",
                "a value is not finite",
                "one chunk of three travelled in bf16",
                "it is gone"
            })
    void whateverIsAmissTheContributionsAreReadAgainAndPublishedUnderAnotherName(String what) {
        SumOnArrival sum = following();
        amiss(what).accept(sum);
        sent(sum);
        SumToPublish published = named(List.of(), TensorDtype.F32);
        assertThat(published.publication()).isNotEqualTo(sum.publication());
        assertSame(published, TensorDtype.F32);
    }

    @Test
    void anotherOrderOrOtherContributionsThanNamedAreNotBelieved() {
        for (List<Long> ids : List.of(IDS.reversed(), List.of(1L, 2L), List.of(1L, 2L, 4L))) {
            SumOnArrivalTest test = new SumOnArrivalTest();
            test.listen();
            SumOnArrival sum = ((ShardAction.Follow) test.expect(ids).getFirst()).sum();
            IDS.forEach(id -> sum.take(manifest(id)));
            chunks(TensorDtype.F32).forEach(sum::take);
            test.sent(sum);
            assertSame(test.named(List.of(), TensorDtype.F32), TensorDtype.F32);
        }
    }

    @Test
    void followsFromTheEndOfWhatWasNamedOrFromWhatIsAccepted() {
        assertThat(((ShardAction.Follow) expect(IDS).getFirst()).fromOffset()).isEqualTo(7);
        assertThat(((ShardAction.Follow)
                                expect(IDS, new ChunkSpan(0, 1, 2), new ChunkSpan(SHARD, 5, 6))
                                        .getFirst())
                        .fromOffset())
                .isEqualTo(5);
    }

    @Test
    void whatIsOfAnotherVersionOrOfOneContributionIsNotFollowed() {
        assertThat(driver.on(
                        new ShardInput.CommandRead(new ExpectContributions(0, 1, IDS, List.of()))))
                .first()
                .isInstanceOf(ShardAction.Ignore.class);
        assertThat(expect(List.of(1L))).first().isInstanceOf(ShardAction.Ignore.class);
    }

    @Test
    void whatWasFollowedBeforeIsOver() {
        SumOnArrival first = following();
        SumOnArrival second = following();
        assertThat(first.wantsMore()).isFalse();
        assertThat(second.wantsMore()).isTrue();
        assertThat(second.publication()).isNotEqualTo(first.publication());
        chunks(TensorDtype.F32).forEach(first::take);
        assertThat(sent(first)).isEmpty();
        assertThat(Optional.of(second).filter(SumOnArrival::isWhole)).isEmpty();
    }
}
