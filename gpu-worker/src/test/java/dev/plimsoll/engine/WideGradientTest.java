package dev.plimsoll.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import dev.plimsoll.engine.MicroBatchResult.Evaluated;
import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.hf.Architecture;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelFamily;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.hf.RopeSettings;
import dev.plimsoll.model.hf.SlidingWindow;
import dev.plimsoll.wire.protocol.CardPart;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.IntStream;

/** Over several cards the gradient is that of one card, however the micro-batch is cut. */
class WideGradientTest {

    private static final LoraSettings LORA =
            new LoraSettings(8, 16, false, EnumSet.allOf(Projection.class));
    private static final MemoryPlan PLAN = new MemoryPlan(0, 64, 0);
    private static final int VOCABULARY = 96;
    private static final double TOLERANCE = 1e-5;

    /** Shapes in which the parts of a model differ from each other. */
    private enum Kind {
        GROUPED(false, Architecture.LLAMA),
        TIED(true, Architecture.LLAMA),
        WINDOW(false, new Architecture(ModelFamily.MISTRAL, false, SlidingWindow.everywhere(13))),
        BIASED(true, new Architecture(ModelFamily.QWEN2, false, SlidingWindow.from(3, 11))),
        NORMED(false, new Architecture(ModelFamily.QWEN3, false, SlidingWindow.NONE));

        private final LlamaConfig config;

        Kind(boolean tied, Architecture architecture) {
            config = new LlamaConfig(
                            64,
                            96,
                            5,
                            4,
                            2,
                            16,
                            VOCABULARY,
                            1e-5,
                            new RopeSettings(10_000, null),
                            tied,
                            512,
                            "float32")
                    .with(architecture);
        }
    }

    @TempDir
    private Path directory;

    private final List<PackedSequence> sequences = Sequences.random(9, 9, 2, 70, VOCABULARY);

    private Path model(Kind kind) {
        Path model = directory.resolve(kind.name());
        RandomModel.create(model, kind.config, 3, Dtype.F32, List.of());
        return model;
    }

    private static TrainingEngine open(Path model, String precision, int cards) {
        List<Integer> devices =
                cards == 1 ? List.of() : IntStream.range(0, cards).boxed().toList();
        TrainingEngine engine = EngineFactory.open(
                model, LORA, new EngineOptions("cpu", precision, 1, 0).on(devices));
        engine.loadAdapter(1, Sequences.adapter(engine.layout(), 2));
        return engine;
    }

    private record Sum(double lossNats, double[] gradient) {}

    private Sum trained(TrainingEngine engine, MemoryPlan plan) {
        engine.zeroGradientSum();
        Trained result = (Trained) engine.train(sequences, plan, LayerListener.NONE);
        assertThat(result.tokens())
                .isEqualTo(sequences.stream().mapToInt(s -> s.tokens().length).sum());
        assertThat(result.cards()).hasSameSizeAs(engine.cards());
        return new Sum(result.lossNats(), Compare.gradientSum(engine));
    }

    private static MemoryPlan chunked(MemoryPlan plan, int pipelineTokens, CardPart... cards) {
        return new MemoryPlan(
                plan.recomputeLayers(),
                plan.headChunkTokens(),
                plan.mlpTileTokens(),
                plan.offloadLayers(),
                plan.attentionGroups(),
                pipelineTokens,
                List.of(cards),
                plan.keepAttention());
    }

    @ParameterizedTest
    @Tag("slow")
    @CsvSource({"GROUPED, 2", "GROUPED, 5", "TIED, 3", "BIASED, 2"})
    void soDoOtherNumbersOfCards(Kind kind, int cards) {
        anyCardsAndChunksGiveTheGradientOfOneCard(kind, cards);
    }

    @ParameterizedTest
    @CsvSource({"GROUPED, 3", "TIED, 2", "WINDOW, 2", "BIASED, 3", "NORMED, 2"})
    void anyCardsAndChunksGiveTheGradientOfOneCard(Kind kind, int cards) {
        Path model = model(kind);
        Sum whole;
        double[] logits;
        try (TrainingEngine one = open(model, "fp32", 1)) {
            whole = trained(one, PLAN);
            logits = one.logits(sequences.getFirst());
        }
        try (TrainingEngine wide = open(model, "fp32", cards)) {
            assertThat(wide.cards()).hasSize(cards);
            assertThat(Compare.relative(wide.logits(sequences.getFirst()), logits))
                    .isLessThan(TOLERANCE);
            int handles = wide.liveHandles();
            long used = wide.meter().read().usedBytes();
            for (int tokens : new int[] {0, 100, 40, 1}) {
                for (MemoryPlan plan : List.of(
                        PLAN,
                        new MemoryPlan(3, 64, 32, 2, 2),
                        new MemoryPlan(5, 16, 0, 5, 1),
                        new MemoryPlan(5, 16, 0, 0, 1).withKeepAttention(true),
                        new MemoryPlan(4, 16, 32, 3, 1).withKeepAttention(true))) {
                    Sum sum = trained(wide, chunked(plan, tokens));
                    String name = "chunks of " + tokens + " tokens, " + plan;
                    assertThat(Compare.l2(sum.gradient(), whole.gradient()))
                            .as(name)
                            .isLessThan(TOLERANCE);
                    assertThat(sum.lossNats())
                            .as(name)
                            .isCloseTo(whole.lossNats(), offset(1e-5 * whole.lossNats()));
                    assertThat(wide.liveHandles()).as(name).isEqualTo(handles);
                    assertThat(wide.meter().read().usedBytes()).as(name).isEqualTo(used);
                }
            }
        }
    }

    @Test
    void eachCardRecomputesAndOffloadsItsOwnPart() {
        Path model = model(Kind.GROUPED);
        Sum whole;
        try (TrainingEngine one = open(model, "fp32", 1)) {
            whole = trained(one, PLAN);
        }
        try (TrainingEngine wide = open(model, "fp32", 2)) {
            List<CardMemory> none = peaks(wide, new CardPart(0, 0), new CardPart(0, 0));
            List<CardMemory> first = peaks(wide, new CardPart(9, 0), new CardPart(0, 0));
            List<CardMemory> second = peaks(wide, new CardPart(0, 0), new CardPart(9, 9));
            assertThat(first.get(0).peakBytes()).isLessThan(none.get(0).peakBytes());
            assertThat(first.get(1).peakBytes()).isEqualTo(none.get(1).peakBytes());
            assertThat(second.get(0).peakBytes()).isEqualTo(none.get(0).peakBytes());
            assertThat(second.get(1).peakBytes()).isLessThan(none.get(1).peakBytes());
            Sum sum = trained(wide, chunked(PLAN, 50, new CardPart(1, 1), new CardPart(2, 1)));
            assertThat(Compare.l2(sum.gradient(), whole.gradient())).isLessThan(TOLERANCE);
        }
    }

    private List<CardMemory> peaks(TrainingEngine wide, CardPart... cards) {
        return ((Trained) wide.train(sequences, chunked(PLAN, 50, cards), LayerListener.NONE))
                .cards();
    }

    /** In the tolerances of QuantizedEngineTest; the formats' errors themselves are the same. */
    @ParameterizedTest
    @CsvSource({"nf4, 1e-5", "fp8, 2e-3", "bf16, 1e-2", "fp64, 1e-12"})
    void everyFormat(String precision, double tolerance) {
        Path model = model(Kind.GROUPED);
        Sum whole;
        try (TrainingEngine one = open(model, precision, 1)) {
            whole = trained(one, PLAN);
        }
        try (TrainingEngine wide = open(model, precision, 2)) {
            Sum sum = trained(wide, chunked(new MemoryPlan(2, 64, 17), 60));
            assertThat(Compare.l2(sum.gradient(), whole.gradient())).isLessThan(tolerance);
        }
    }

    @Test
    void anEvaluationTellsTheLossOfTheTraining() {
        try (TrainingEngine wide = open(model(Kind.TIED), "fp32", 3)) {
            double nats = trained(wide, PLAN).lossNats();
            wide.zeroGradientSum();
            int handles = wide.liveHandles();
            for (int tokens : new int[] {0, 40, 1}) {
                Evaluated result = (Evaluated)
                        wide.evaluate(sequences, chunked(PLAN, tokens), LayerListener.NONE);
                assertThat(result.lossNats()).isCloseTo(nats, offset(1e-5 * nats));
                assertThat(result.cards()).hasSize(3);
                assertThat(wide.liveHandles()).isEqualTo(handles);
            }
            assertThat(Compare.gradientSum(wide)).containsOnly(0.0);
        }
    }

    @Test
    void progressCountsTheLayersOfAllChunks() {
        try (TrainingEngine wide = open(model(Kind.GROUPED), "fp32", 2)) {
            List<Integer> done = Collections.synchronizedList(new ArrayList<>());
            wide.train(sequences.subList(0, 3), chunked(PLAN, 1), (layer, total) -> {
                assertThat(total).isEqualTo(2 * 5 * 3);
                done.add(layer);
            });
            assertThat(done)
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(1, 30).boxed().toList());
        }
    }
}
