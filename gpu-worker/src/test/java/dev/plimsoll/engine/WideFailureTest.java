package dev.plimsoll.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.MicroBatchResult.Failed;
import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.engine.llama.EngineFactory;
import dev.plimsoll.model.hf.Dtype;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.hf.RandomModel;
import dev.plimsoll.model.hf.RopeSettings;
import dev.plimsoll.wire.protocol.CardPart;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;

/** A card that fails ends the micro-batch on all cards, and nothing is left of it. */
class WideFailureTest {

    private static final LlamaConfig SHAPE = new LlamaConfig(
            64, 96, 4, 4, 2, 16, 96, 1e-5, new RopeSettings(10_000, null), false, 512, "float32");
    private static final LoraSettings LORA =
            new LoraSettings(4, 8, false, EnumSet.allOf(Projection.class));
    private static final MemoryPlan PLAN = new MemoryPlan(0, 64, 0, 0, 1, 60, List.of());

    @TempDir
    private static Path directory;

    private final List<PackedSequence> sequences = Sequences.random(5, 9, 20, 60, 96);

    @BeforeAll
    static void model() {
        RandomModel.create(directory.resolve("model"), SHAPE, 3, Dtype.F32, List.of());
    }

    private static TrainingEngine open(long cardBytes, Integer... cards) {
        TrainingEngine engine = EngineFactory.open(
                directory.resolve("model"),
                LORA,
                new EngineOptions("cpu", "fp32", 1, cardBytes).on(List.of(cards)));
        engine.loadAdapter(1, Sequences.adapter(engine.layout(), 2));
        return engine;
    }

    private static List<Long> used(TrainingEngine engine) {
        return engine.cards().stream()
                .map(card -> card.meter().read().usedBytes())
                .toList();
    }

    /** Each card in turn is the one that needs more than it has. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aFullCardRefusesAndALeanerPlanPasses(int full) {
        CardPart most = new CardPart(0, 0);
        CardPart least = new CardPart(9, 9);
        // the first card holds two chunks at a time, and so more, where there are several
        int tokens = full == 0 ? 60 : 0;
        MemoryPlan lean = new MemoryPlan(0, 16, 0, 0, 1, 60, List.of(least, least));
        MemoryPlan plan = new MemoryPlan(
                0, 16, 0, 0, 1, tokens, full == 0 ? List.of(most, least) : List.of(least, most));
        long peak;
        try (TrainingEngine roomy = open(1L << 30, 0, 1)) {
            Trained trained = (Trained) roomy.train(sequences, plan, LayerListener.NONE);
            peak = trained.cards().get(full).peakBytes();
            long other = trained.cards().get(1 - full).peakBytes();
            assertThat(peak).as("the card that is to be full").isGreaterThan(other);
        }
        try (TrainingEngine wide = open(peak - 1, 0, 1)) {
            int handles = wide.liveHandles();
            List<Long> used = used(wide);
            for (int i = 0; i < 10; i++) {
                Failed failed = (Failed) wide.train(sequences, plan, LayerListener.NONE);
                assertThat(failed.reason()).isEqualTo(FailureReason.OUT_OF_MEMORY);
                assertThat(failed.card()).isEqualTo(full);
                assertThat(failed.note())
                        .contains("; the pass had reached ")
                        .startsWith("card " + full + " (simulated card");
                assertThat(failed.wantedBytes()).isPositive();
                assertThat(wide.liveHandles()).isEqualTo(handles);
                assertThat(used(wide)).isEqualTo(used);
                assertThat(Compare.gradientSum(wide)).containsOnly(0.0);
            }
            assertThat(wide.train(sequences, lean, LayerListener.NONE)).isInstanceOf(Trained.class);
            assertThat(used(wide)).isEqualTo(used);
        }
    }

    /** A part of one card only: the other's gradients are finite, and are not added either. */
    @Test
    void aGradientThatIsNotFiniteIsAddedOnNoCard() {
        try (TrainingEngine wide = open(0, 0, 1)) {
            assertThat(wide.train(sequences, PLAN, LayerListener.NONE)).isInstanceOf(Trained.class);
            double[] before = Compare.gradientSum(wide);
            int handles = wide.liveHandles();
            List<Long> used = used(wide);
            for (int at : new int[] {3, before.length - 3}) {
                float[] broken = Sequences.adapter(wide.layout(), 2);
                broken[at] = Float.NaN;
                wide.loadAdapter(2, broken);
                Failed failed = (Failed) wide.train(sequences, PLAN, LayerListener.NONE);
                assertThat(failed.reason()).isEqualTo(FailureReason.NON_FINITE);
                assertThat(failed.note())
                        .contains("first seen in the adapter's base_model.model.model.layers."
                                + (at == 3 ? 0 : 3));
                assertThat(Compare.gradientSum(wide)).isEqualTo(before);
                assertThat(wide.liveHandles()).isEqualTo(handles);
                assertThat(used(wide)).isEqualTo(used);
            }
        }
    }

    /** A finite adapter that is too large for fp32 sums, in a layer of the second card. */
    @Test
    void anActivationThatIsNotFiniteIsLocatedBehindTheFirstCard() {
        try (TrainingEngine wide = open(0, 0, 1)) {
            float[] adapter = new float[wide.layout().totalParameters()];
            wide.layout().slots().stream()
                    .filter(slot -> slot.layer() == 3 && slot.projection() == Projection.DOWN_PROJ)
                    .forEach(slot -> Arrays.fill(
                            adapter, slot.offset(), slot.offset() + slot.size(), 3e30f));
            wide.loadAdapter(2, adapter);
            int handles = wide.liveHandles();
            Failed failed = (Failed) wide.train(sequences, PLAN, LayerListener.NONE);
            assertThat(failed.note())
                    .contains("first seen in the MLP block of layer 3, of sequence "
                            + sequences.getFirst().ordinal());
            assertThat(wide.liveHandles()).isEqualTo(handles);
        }
    }

    /** At any time, on either card: no card waits for ever. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 9, 14, 20})
    void aBrokenCardEndsAllAndIsNamed(int layer) {
        try (TrainingEngine wide = open(0, 0, 1)) {
            assertThatThrownBy(() -> wide.train(sequences, PLAN, (done, total) -> {
                        if (done == layer) {
                            throw new IllegalStateException(
                                    "traceback\nRuntimeError: CUDA error: unspecified launch "
                                            + "failure\nCompile with TORCH_USE_CUDA_DSA");
                        }
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageMatching("card [01] \\(CPU, layers . to .\\) has failed: "
                            + "RuntimeError: CUDA error: unspecified launch failure; this worker "
                            + "ends, and the fleet goes on without it");
        }
    }

    @Test
    void anErrorOfTheMachineLeavesNoCardWaiting() {
        TrainingEngine wide = open(0, 0, 1);
        assertThatThrownBy(() -> wide.train(sequences, PLAN, (done, total) -> {
                    if (done == 4) {
                        throw new OutOfMemoryError("planted");
                    }
                }))
                .isInstanceOf(OutOfMemoryError.class)
                .hasMessage("planted");
        wide.close();
    }

    @Test
    void aTokenOutsideTheVocabularyIsRefusedBeforeAnyCardBegins() {
        try (TrainingEngine wide = open(0, 0, 1)) {
            int handles = wide.liveHandles();
            List<PackedSequence> wrong =
                    List.of(new PackedSequence(7, new int[] {1, 96}, new boolean[] {false, true}));
            assertThatThrownBy(() -> wide.train(wrong, PLAN, LayerListener.NONE))
                    .hasMessageContaining("sequence 7 has token 96");
            assertThat(wide.liveHandles()).isEqualTo(handles);
        }
    }

    @Test
    void aPlanForOtherCardsIsRefused() {
        try (TrainingEngine wide = open(0, 0, 1)) {
            MemoryPlan plan = new MemoryPlan(0, 64, 0, 0, 1, 0, List.of(new CardPart(0, 0)));
            assertThatThrownBy(() -> wide.train(sequences, plan, LayerListener.NONE))
                    .hasMessageContaining("names the parts of 1 cards");
            assertThat(wide.train(sequences, PLAN, LayerListener.NONE)).isInstanceOf(Trained.class);
        }
    }

    @Test
    void cardsThatCannotHoldTheModelAreRefusedBeforeItIsLoaded() {
        assertThatThrownBy(() -> open(100_000, 0, 1))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("card 0 (simulated card) has room for")
                .hasMessageContaining("with the head need")
                .hasMessageContaining("name more cards");
    }

    @Test
    void moreCardsThanLayersAreRefused() {
        assertThatThrownBy(() -> open(0, 0, 1, 2, 3, 4))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("5 cards, but the model has 4 layers");
    }

    @Test
    void aCardThatIsNamedTwiceIsRefused() {
        assertThatThrownBy(() -> EngineOptions.cpu(1).on(List.of(1, 1)))
                .hasMessageContaining("names card 1 twice");
        assertThatThrownBy(() -> EngineOptions.cards("0;1")).hasMessageContaining("such as 0,1");
        assertThat(EngineOptions.cards(" 0, 2")).containsExactly(0, 2);
        assertThat(EngineOptions.cards("")).isEmpty();
    }
}
