package dev.plimsoll.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.GradientClip;
import dev.plimsoll.model.optimizer.Replica;
import dev.plimsoll.model.optimizer.SquaredNorm;
import dev.plimsoll.model.optimizer.StateDigest;
import dev.plimsoll.model.optimizer.StochasticBf16;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/** The engine's fold against the optimizer in Java, bit by bit, on the built-in model. */
class EngineFoldTest {

    private static final Path MODEL = Path.of("../common/model/tiny-llama");
    private static final LoraSettings LORA =
            new LoraSettings(4, 8, false, EnumSet.allOf(Projection.class));
    private static final MemoryPlan PLAN = new MemoryPlan(0, 1024, 0);
    private static final OptimizerSettings OPTIMIZER = new OptimizerSettings(
            new LearningRate(1e-3, LearningRate.Schedule.CONSTANT, 0, 0),
            0.9,
            0.999,
            1e-8,
            0.01,
            1);
    private static final AdamW ADAM_W = new AdamW(OPTIMIZER);
    private static final int SHARDS = 3;

    private static TrainingEngine open(String precision) {
        return EngineFactory.prepare(MODEL, new EngineOptions("cpu", precision, 1, 0))
                .open(LORA, Optional.of(OPTIMIZER));
    }

    /** A state after three updates. */
    private static Replica replica(AdapterLayout layout) {
        float[] master = Sequences.adapter(layout, 2);
        float[] first = new float[master.length];
        float[] second = new float[master.length];
        for (int i = 0; i < master.length; i++) {
            first[i] = 1e-3f * (i % 7 - 3);
            second[i] = 1e-6f * (i % 5);
        }
        return new Replica(0, 5, 3, new AdamW.Vectors(master, first, second));
    }

    private static AdapterState state(Replica replica) {
        return new AdapterState(
                replica.version(),
                replica.updates(),
                replica.master().clone(),
                replica.firstMoment().clone(),
                replica.secondMoment().clone());
    }

    private static void train(TrainingEngine engine, long seed) {
        List<PackedSequence> sequences = Sequences.random(seed, 3, 5, 30, 264);
        assertThat(engine.train(sequences, PLAN, LayerListener.NONE)).isInstanceOf(Trained.class);
    }

    private static ShardLayout shards(TrainingEngine engine) {
        return new ShardLayout(engine.layout().totalParameters(), SHARDS);
    }

    private static FoldNumbers next(Replica replica, TakenSum sum) {
        double norm = Arrays.stream(sum.squaredNorms()).sum();
        return new FoldNumbers(
                replica.version() + 1,
                GradientClip.of(norm, 77, OPTIMIZER.maxGradientNorm()).gradientScale(),
                1e-3,
                replica.updates() + 1);
    }

    @ParameterizedTest
    @CsvSource({"fp32, BF16", "fp32, F32", "bf16, BF16", "fp64, F32", "fp64, BF16", "nf4, BF16"})
    void aTakenSumIsTheSumAsItTravels(String precision, TensorDtype dtype) {
        try (TrainingEngine engine = open(precision)) {
            engine.loadState(state(replica(engine.layout())));
            train(engine, 1);
            float[] sum = new float[engine.layout().totalParameters()];
            engine.readGradientSum(0, sum);

            TakenSum taken = engine.takeSum(31, dtype, shards(engine));

            ByteBuffer expected =
                    ByteBuffer.allocate(sum.length * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            if (dtype == TensorDtype.BF16) {
                StochasticBf16.ofContribution(31).encode(sum, 0, expected.array(), 0);
                StochasticBf16.decode(expected.array(), 0, sum);
            } else {
                expected.asFloatBuffer().put(sum);
            }
            assertThat(taken.contribution()).isEqualTo(31);
            assertThat(taken.vector().dtype()).isEqualTo(dtype);
            assertThat(taken.vector().bytes()).isEqualTo(expected.array());
            ShardLayout layout = shards(engine);
            for (int shard = 0; shard < SHARDS; shard++) {
                float[] slice = Arrays.copyOfRange(
                        sum, (int) layout.start(shard), (int) layout.start(shard + 1));
                assertThat(taken.squaredNorms()[shard])
                        .isEqualTo(SquaredNorm.of(slice))
                        .isPositive();
            }
            assertThat(taken.squaredNorms()).hasSize(SHARDS);
            assertThat(Compare.gradientSum(engine)).containsOnly(0);
        }
    }

    /** Of two micro-batches: one of an engine in bf16 has no more bits than travel. */
    @ParameterizedTest
    @ValueSource(strings = {"fp32", "bf16"})
    void bf16OnTheWireMovesTheGradientByLessThanAThirdOfAHundredth(String precision) {
        try (TrainingEngine engine = open(precision)) {
            engine.loadState(state(replica(engine.layout())));
            train(engine, 1);
            train(engine, 2);
            float[] sum = new float[engine.layout().totalParameters()];
            engine.readGradientSum(0, sum);
            float[] travelled = new float[sum.length];
            byte[] bytes = engine.takeSum(31, TensorDtype.BF16, shards(engine))
                    .vector()
                    .bytes();

            StochasticBf16.decode(bytes, 0, travelled);

            double difference = 0;
            double norm = 0;
            for (int i = 0; i < sum.length; i++) {
                difference += Math.pow(travelled[i] - (double) sum[i], 2);
                norm += Math.pow(sum[i], 2);
            }
            assertThat(Math.sqrt(difference / norm)).isBetween(1e-4, 3.3e-3);
        }
    }

    /** What was handed over before the micro-batch ended. */
    private static final class Parts implements SumSharing {
        private final Order order;
        private final byte[] bytes;
        private final boolean[] seen;
        private int parts;
        private TakenSum taken;

        private Parts(long contribution, TensorDtype dtype, ShardLayout layout) {
            order = new Order(contribution, dtype, layout);
            bytes = new byte[(int) layout.parameters() * dtype.bytes()];
            seen = new boolean[(int) layout.parameters()];
        }

        @Override
        public Optional<Order> order() {
            return Optional.of(order);
        }

        @Override
        public void part(long contribution, WireVector vector, int from, int to) {
            assertThat(contribution).isEqualTo(order.contribution());
            assertThat(taken).as("all parts come before").isNull();
            for (int i = from; i < to; i++) {
                assertThat(seen[i]).as("value %d was there before", i).isFalse();
                seen[i] = true;
            }
            int size = order.dtype().bytes();
            System.arraycopy(vector.bytes(), from * size, bytes, from * size, (to - from) * size);
            parts++;
        }

        @Override
        public void taken(TakenSum sum) {
            taken = sum;
        }
    }

    /** Two micro-batches, of which the last hands the sum over in parts. */
    @ParameterizedTest
    @CsvSource({"fp32, BF16", "fp32, F32", "bf16, BF16", "fp64, F32", "fp64, BF16", "nf4, BF16"})
    void partsHaveTheBitsOfASumThatIsTakenAfterwards(String precision, TensorDtype dtype) {
        try (TrainingEngine engine = open(precision);
                TrainingEngine after = open(precision)) {
            Replica replica = replica(engine.layout());
            for (TrainingEngine each : List.of(engine, after)) {
                each.loadState(state(replica));
                train(each, 1);
                train(each, 2);
            }
            train(after, 3);
            TakenSum expected = after.takeSum(31, dtype, shards(after));
            Parts parts = new Parts(31, dtype, shards(engine));
            List<PackedSequence> last = Sequences.random(3, 3, 5, 30, 264);
            assertThat(engine.train(last, PLAN, LayerListener.NONE, parts))
                    .isInstanceOf(Trained.class);
            assertThat(parts.parts).as("one a layer").isGreaterThan(1);
            assertThat(parts.seen).doesNotContain(false);
            assertThat(parts.bytes).isEqualTo(expected.vector().bytes());
            assertThat(parts.taken.contribution()).isEqualTo(31);
            assertThat(parts.taken.vector().bytes()).isEqualTo(expected.vector().bytes());
            assertThat(parts.taken.squaredNorms()).isEqualTo(expected.squaredNorms());
            assertThat(Compare.gradientSum(engine)).containsOnly(0);
            FoldNumbers numbers = next(replica, expected);
            assertThat(engine.foldTaken(numbers)).isEqualTo(after.foldTaken(numbers));
        }
    }

    @Test
    void aMicroBatchThatFailsLeavesTheSumWhoeverWasHandedParts() {
        try (TrainingEngine engine = open("fp32")) {
            Replica replica = replica(engine.layout());
            float[] ill = replica.master().clone();
            engine.loadState(state(replica));
            train(engine, 1);
            double[] before = Compare.gradientSum(engine);
            Arrays.fill(ill, Float.NaN);
            engine.loadState(new AdapterState(
                    replica.version(),
                    replica.updates(),
                    ill,
                    new float[ill.length],
                    new float[ill.length]));
            Parts parts = new Parts(31, TensorDtype.F32, shards(engine));
            List<PackedSequence> last = Sequences.random(3, 3, 5, 30, 264);
            assertThat(engine.train(last, PLAN, LayerListener.NONE, parts))
                    .isInstanceOf(MicroBatchResult.Failed.class);
            assertThat(parts.parts).isPositive();
            assertThat(parts.taken).isNull();
            assertThat(Compare.gradientSum(engine)).isEqualTo(before);
        }
    }

    @Test
    void anEngineWithoutAStateDoesNotShare() {
        try (TrainingEngine engine = open("fp32")) {
            Parts parts = new Parts(31, TensorDtype.F32, shards(engine));
            List<PackedSequence> last = Sequences.random(3, 3, 5, 30, 264);
            assertThat(engine.train(last, PLAN, LayerListener.NONE, parts))
                    .isInstanceOf(Trained.class);
            assertThat(parts.parts).isZero();
            assertThat(parts.taken).isNull();
        }
    }

    /** Folds of the own sum and of one that was read, in turn. */
    @ParameterizedTest
    @CsvSource({"fp32, BF16", "bf16, BF16", "fp64, F32", "fp8, BF16"})
    void eachFoldIsThatOfAReplica(String precision, TensorDtype dtype) {
        try (TrainingEngine engine = open(precision);
                TrainingEngine reader = open(precision);
                TrainingEngine plain = open(precision)) {
            Replica replica = replica(engine.layout());
            engine.loadState(state(replica));
            reader.loadState(state(replica));
            assertThat(engine.digest()).isEqualTo(StateDigest.of(replica.master(), 0));
            for (int step = 0; step < 4; step++) {
                train(engine, step);
                TakenSum taken = engine.takeSum(step, dtype, shards(engine));
                FoldNumbers numbers = next(replica, taken);
                replica.fold(
                        ADAM_W,
                        values(taken.vector()),
                        numbers.gradientScale(),
                        numbers.learningRate());

                assertThat(engine.foldTaken(numbers)).isEqualTo(replica.digest());
                assertThat(reader.fold(numbers, taken.vector())).isEqualTo(replica.digest());
                assertThat(engine.digest()).isEqualTo(replica.digest());

                plain.loadAdapter(replica.version(), replica.master().clone());
                assertTrainsTheSame(engine, plain);
                assertTrainsTheSame(reader, plain);
            }
        }
    }

    private static float[] values(WireVector vector) {
        float[] values = new float[vector.bytes().length / vector.dtype().bytes()];
        switch (vector.dtype()) {
            case F32 ->
                ByteBuffer.wrap(vector.bytes())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .get(values);
            case BF16 -> StochasticBf16.decode(vector.bytes(), 0, values);
        }
        return values;
    }

    private static void assertTrainsTheSame(TrainingEngine one, TrainingEngine other) {
        for (TrainingEngine engine : List.of(one, other)) {
            engine.zeroGradientSum();
            train(engine, 9);
        }
        assertThat(Compare.gradientSum(one)).isEqualTo(Compare.gradientSum(other));
        PackedSequence sequence = Sequences.random(4, 1, 9, 10, 264).getFirst();
        assertThat(one.logits(sequence)).isEqualTo(other.logits(sequence));
        one.zeroGradientSum();
        other.zeroGradientSum();
    }

    @ParameterizedTest
    @ValueSource(strings = {"fp32", "nf4"})
    void fiftyStepsLeaveHandlesAndBytesFlat(String precision) {
        try (TrainingEngine engine = open(precision)) {
            Replica replica = replica(engine.layout());
            engine.loadState(state(replica));
            train(engine, 1);
            int handles = engine.liveHandles();
            long used = engine.meter().read().usedBytes();
            for (int step = 0; step < 50; step++) {
                TakenSum taken =
                        engine.takeSum(step, TensorDtype.values()[step % 2], shards(engine));
                if (step % 10 == 9) {
                    engine.loadState(state(replica));
                    engine.fold(next(replica, taken), taken.vector());
                } else if (step % 10 == 0) {
                    engine.loadState(state(replica));
                    engine.zeroGradientSum();
                } else {
                    engine.foldTaken(new FoldNumbers(5 + step % 10, 0.1, 1e-3, 3 + step % 10));
                }
                train(engine, step);
                assertThat(engine.liveHandles()).isEqualTo(handles);
                assertThat(engine.meter().read().usedBytes()).isEqualTo(used);
            }
        }
    }

    @Test
    void whatDoesNotFollowIsRefused() {
        try (TrainingEngine engine = open("fp32")) {
            Replica replica = replica(engine.layout());
            FoldNumbers numbers = new FoldNumbers(6, 0.1, 1e-3, 4);
            WireVector sum = new WireVector(
                    TensorDtype.F32, new byte[4 * engine.layout().totalParameters()]);
            assertThatThrownBy(() -> engine.fold(numbers, sum))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("load a state first");
            assertThatThrownBy(() -> engine.loadState(
                            new AdapterState(5, 3, new float[3], new float[3], new float[3])))
                    .hasMessageContaining("3, 3 and 3 values");

            engine.loadState(state(replica));
            assertThatThrownBy(() -> engine.foldTaken(numbers))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no sum was taken");
            assertThatThrownBy(() -> engine.fold(new FoldNumbers(7, 0.1, 1e-3, 4), sum))
                    .hasMessageContaining("does not follow version 5");
            assertThatThrownBy(() -> engine.fold(new FoldNumbers(6, 0.1, 1e-3, 0), sum))
                    .hasMessageContaining("does not follow");
            assertThatThrownBy(() ->
                            engine.fold(numbers, new WireVector(TensorDtype.F32, new byte[4])))
                    .hasMessageContaining("4 bytes");
            assertThatThrownBy(() -> engine.takeSum(1, TensorDtype.F32, new ShardLayout(9, 3)))
                    .hasMessageContaining("9 parameters");
            assertThat(engine.digest()).isEqualTo(replica.digest());

            engine.takeSum(1, TensorDtype.F32, shards(engine));
            engine.loadState(state(replica));
            assertThatThrownBy(() -> engine.foldTaken(numbers))
                    .hasMessageContaining("no sum was taken");
            engine.loadAdapter(9, replica.master().clone());
            assertThatThrownBy(engine::digest).hasMessageContaining("load a state first");
        }
    }

    @Test
    void anEngineWithoutAnOptimizerTakesNoState() {
        try (TrainingEngine engine = EngineFactory.open(MODEL, LORA, EngineOptions.cpu(1))) {
            assertThatThrownBy(() -> engine.loadState(state(replica(engine.layout()))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("opened without an optimizer");
        }
    }

    @Test
    void aCpuHasNoDeviceToFoldOn() {
        assertThatThrownBy(() -> EngineFactory.prepare(
                        MODEL, new EngineOptions("cpu", "fp32", 1, 0, "device")))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("optimizer-on auto or host");
        assertThatThrownBy(() -> new EngineOptions("cpu", "fp32", 1, 0, "disk"))
                .hasMessageContaining("'disk'");
    }
}
