package dev.plimsoll.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.wire.protocol.MemoryPlan;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.stream.Stream;

/**
 * Logits, loss, every LoRA gradient and ten AdamW steps against Transformers + PEFT
 * (make_golden.py).
 */
class GoldenParityTest {

    private static final MemoryPlan PLAN = new MemoryPlan(0, 1024, 0);

    static Stream<Arguments> cases() {
        return GoldenCase.all().stream()
                .flatMap(c ->
                        Stream.of(Arguments.of(c, "fp32", 1e-4), Arguments.of(c, "fp64", 1e-8)));
    }

    static Stream<Arguments> casesOfSeveralLayers() {
        return cases().filter(arguments ->
                ((GoldenCase) arguments.get()[0]).layout().config().layers() > 1);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void logits_loss_and_gradients(GoldenCase golden, String precision, double tolerance) {
        try (TrainingEngine engine = golden.open(new EngineOptions("cpu", precision, 1, 0))) {
            double logits = 0;
            for (int i = 0; i < golden.sequences().size(); i++) {
                logits = Math.max(
                        logits,
                        Compare.relative(
                                engine.logits(golden.sequences().get(i)),
                                golden.logits(precision, i)));
            }
            Trained trained = (Trained) engine.train(golden.sequences(), PLAN, LayerListener.NONE);
            double expectedLoss = golden.lossNats(precision, 0);
            double loss = Math.abs(trained.lossNats() - expectedLoss) / expectedLoss;
            double gradients = Compare.worstTensor(
                    golden.layout(), Compare.gradientSum(engine), golden.flat(precision, "grad"));
            System.out.printf(
                    "golden %-22s %s logits %.1e loss %.1e gradients %.1e%n",
                    golden, precision, logits, loss, gradients);

            MicroBatchResult.Evaluated evaluated = (MicroBatchResult.Evaluated)
                    engine.evaluate(golden.sequences(), PLAN, LayerListener.NONE);
            assertThat(evaluated.lossNats())
                    .as("the loss of a forward pass alone")
                    .isEqualTo(trained.lossNats());
            assertThat(evaluated.lossTokens()).isEqualTo(golden.lossTokens());
            assertThat(trained.lossTokens()).isEqualTo(golden.lossTokens());
            assertThat(logits).isLessThanOrEqualTo(tolerance);
            assertThat(loss).isLessThanOrEqualTo(tolerance);
            assertThat(gradients).isLessThanOrEqualTo(tolerance);
        }
    }

    /** Half of the layers in host memory, and attention's outputs with them. */
    @ParameterizedTest
    @MethodSource("cases")
    void gradients_where_recomputed_layers_keep_attention(
            GoldenCase golden, String precision, double tolerance) {
        int layers = golden.layout().config().layers();
        MemoryPlan plan = new MemoryPlan(layers, 1024, 0, layers / 2, 1).withKeepAttention(true);
        try (TrainingEngine engine = golden.open(new EngineOptions("cpu", precision, 1, 0))) {
            assertThat(engine.train(golden.sequences(), plan, LayerListener.NONE))
                    .isInstanceOf(Trained.class);
            assertThat(Compare.worstTensor(
                            golden.layout(),
                            Compare.gradientSum(engine),
                            golden.flat(precision, "grad")))
                    .isLessThanOrEqualTo(tolerance);
        }
    }

    /** In two pipeline chunks where there are several sequences. */
    @ParameterizedTest
    @MethodSource("casesOfSeveralLayers")
    void loss_and_gradients_over_two_cards(GoldenCase golden, String precision, double tolerance) {
        EngineOptions options = new EngineOptions("cpu", precision, 1, 0).on(List.of(0, 1));
        int longest = golden.sequences().stream()
                .mapToInt(sequence -> sequence.tokens().length)
                .max()
                .orElseThrow();
        MemoryPlan plan = new MemoryPlan(1, 1024, 0, 0, 1, longest, List.of());
        try (TrainingEngine engine = golden.open(options)) {
            assertThat(engine.cards()).hasSize(2);
            Trained trained = (Trained) engine.train(golden.sequences(), plan, LayerListener.NONE);
            double expectedLoss = golden.lossNats(precision, 0);
            double loss = Math.abs(trained.lossNats() - expectedLoss) / expectedLoss;
            double gradients = Compare.worstTensor(
                    golden.layout(), Compare.gradientSum(engine), golden.flat(precision, "grad"));
            System.out.printf(
                    "golden %-22s %s over two cards: loss %.1e gradients %.1e%n",
                    golden, precision, loss, gradients);
            assertThat(loss).isLessThanOrEqualTo(tolerance);
            assertThat(gradients).isLessThanOrEqualTo(tolerance);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void adapter_after_ten_steps(GoldenCase golden, String precision, double tolerance) {
        try (TrainingEngine engine = golden.open(new EngineOptions("cpu", precision, 1, 0))) {
            double[] adapter = Compare.toDoubles(golden.adapter().flat());
            ReferenceAdamW adamW = ReferenceAdamW.of(golden);
            for (int step = 0; step < (int) golden.optimizer("steps"); step++) {
                engine.zeroGradientSum();
                engine.loadAdapter(step, adapter);
                train(engine, golden.sequences());
                adamW.step(adapter, Compare.gradientSum(engine), golden.lossTokens());
            }
            double distance = Compare.l2(adapter, golden.flat(precision, "after10"));
            System.out.printf(
                    "golden %-22s %s adapter after ten steps L2 %.1e%n",
                    golden, precision, distance);
            assertThat(distance).isLessThanOrEqualTo(tolerance);
        }
    }

    private static void train(TrainingEngine engine, List<PackedSequence> sequences) {
        assertThat(engine.train(sequences, PLAN, LayerListener.NONE)).isInstanceOf(Trained.class);
    }
}
