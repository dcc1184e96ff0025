package dev.plimsoll.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.Replica;
import dev.plimsoll.model.optimizer.SquaredNorm;
import dev.plimsoll.model.optimizer.StochasticBf16;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.LearningRate;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.OptimizerSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.run.ShardLayout;
import dev.plimsoll.wire.tensor.TensorDtype;

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
import java.util.stream.IntStream;

/** What an engine over several cards takes and folds has the bits of one fold over all of it. */
class WideFoldTest {

    private static final Path MODEL = Path.of("../common/model/tiny-llama");
    private static final LoraSettings LORA =
            new LoraSettings(3, 8, false, EnumSet.allOf(Projection.class));
    private static final OptimizerSettings OPTIMIZER = new OptimizerSettings(
            new LearningRate(1e-3, LearningRate.Schedule.CONSTANT, 0, 0),
            0.9,
            0.999,
            1e-8,
            0.01,
            1);
    private static final int SHARDS = 3;

    private static TrainingEngine open(int cards) {
        return EngineFactory.prepare(
                        MODEL,
                        EngineOptions.cpu(1)
                                .on(IntStream.range(0, cards).boxed().toList()))
                .open(LORA, Optional.of(OPTIMIZER));
    }

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

    private static float[] trainedSum(TrainingEngine engine) {
        List<PackedSequence> sequences = Sequences.random(1, 3, 5, 30, 264);
        assertThat(engine.train(sequences, new MemoryPlan(0, 64, 0), LayerListener.NONE))
                .isInstanceOf(Trained.class);
        float[] sum = new float[engine.layout().totalParameters()];
        engine.readGradientSum(0, sum);
        return sum;
    }

    @ParameterizedTest
    @CsvSource({"2, BF16", "3, BF16", "3, F32"})
    void takesAndFoldsAsOneFold(int cards, TensorDtype dtype) {
        try (TrainingEngine wide = open(cards)) {
            Replica replica = replica(wide.layout());
            wide.loadState(state(replica));
            assertThat(wide.digest()).isEqualTo(replica.digest());
            float[] sum = trainedSum(wide);
            ShardLayout shards = new ShardLayout(sum.length, SHARDS);

            TakenSum taken = wide.takeSum(31, dtype, shards);

            float[] travels = travelling(sum, dtype, 31);
            assertThat(taken.vector().bytes()).isEqualTo(bytes(sum, dtype, 31));
            assertThat(taken.squaredNorms()).isEqualTo(norms(travels, shards));
            assertThat(Compare.gradientSum(wide)).containsOnly(0.0);

            FoldNumbers numbers = new FoldNumbers(6, 0.01, 1e-3, 4);
            replica.fold(new AdamW(OPTIMIZER), travels, 0.01, 4, 1e-3);
            assertThat(wide.foldTaken(numbers)).isEqualTo(replica.digest());
            replica.fold(new AdamW(OPTIMIZER), travels, 0.02, 5, 1e-3);
            assertThat(wide.fold(new FoldNumbers(7, 0.02, 1e-3, 5), taken.vector()))
                    .isEqualTo(replica.digest());
            assertThat(wide.digest()).isEqualTo(replica.digest());
        }
    }

    /** The next micro-batch is computed with the adapter that was folded. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void theLayersHaveWhatWasFolded(int cards) {
        try (TrainingEngine wide = open(cards);
                TrainingEngine one = open(1)) {
            Replica replica = replica(wide.layout());
            wide.loadState(state(replica));
            float[] sum = trainedSum(wide);
            wide.takeSum(8, TensorDtype.F32, new ShardLayout(sum.length, SHARDS));
            wide.foldTaken(new FoldNumbers(6, 0.01, 1e-3, 4));
            replica.fold(new AdamW(OPTIMIZER), sum, 0.01, 4, 1e-3);
            one.loadAdapter(6, replica.master());
            assertThat(Compare.l2(
                            Compare.toDoubles(trainedSum(wide)),
                            Compare.toDoubles(trainedSum(one))))
                    .isLessThan(1e-5);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = 2)
    void refusesWhatASingleEngineRefuses(int cards) {
        try (TrainingEngine wide = open(cards)) {
            int parameters = wide.layout().totalParameters();
            assertThatThrownBy(wide::digest).hasMessageContaining("load a state first");
            wide.loadState(state(replica(wide.layout())));
            assertThatThrownBy(() -> wide.foldTaken(new FoldNumbers(6, 1, 1, 1)))
                    .hasMessageContaining("no sum was taken");
            assertThatThrownBy(() ->
                            wide.takeSum(1, TensorDtype.F32, new ShardLayout(parameters - 1, 1)))
                    .hasMessageContaining("shards of");
            assertThatThrownBy(() -> wide.loadAdapter(3, new float[parameters - 1]))
                    .hasMessageContaining("version 3 of the adapter has " + (parameters - 1));
            assertThatThrownBy(() -> wide.loadState(new AdapterState(
                            1, 1, new float[parameters], new float[1], new float[parameters])))
                    .hasMessageContaining("the layout has " + parameters);
        }
    }

    private static byte[] bytes(float[] sum, TensorDtype dtype, long contribution) {
        if (dtype == TensorDtype.F32) {
            var bytes = ByteBuffer.allocate(4 * sum.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(sum);
            return bytes.array();
        }
        byte[] bytes = new byte[2 * sum.length];
        StochasticBf16.ofContribution(contribution).encode(sum, 0, bytes, 0);
        return bytes;
    }

    private static float[] travelling(float[] sum, TensorDtype dtype, long contribution) {
        if (dtype == TensorDtype.F32) {
            return sum;
        }
        float[] travels = new float[sum.length];
        StochasticBf16.decode(bytes(sum, dtype, contribution), 0, travels);
        return travels;
    }

    private static double[] norms(float[] values, ShardLayout shards) {
        return IntStream.range(0, shards.shards())
                .mapToDouble(shard -> SquaredNorm.of(Arrays.copyOfRange(
                        values, (int) shards.start(shard), (int) shards.start(shard + 1))))
                .toArray();
    }
}
