package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.pass.LlamaPass;
import dev.plimsoll.engine.pass.LoadedModel;
import dev.plimsoll.engine.pass.NonFiniteSearch;
import dev.plimsoll.engine.pass.PackedMicroBatch;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** One sequence from card to card without haste: its hidden states pass through Java. */
record SequentialPass(List<Stage> stages) {

    /** Nothing is kept for a backward pass. */
    private static final MemoryPlan PLAN = new MemoryPlan(0, 1024, 0);

    /** Next-token logits, [tokens × vocabulary] row-major. */
    double[] logits(PackedSequence sequence) {
        int vocabulary = stages.getFirst().model().config().vocabSize();
        PackedMicroBatch in = PackedMicroBatch.of(List.of(sequence), vocabulary);
        double[] values = null;
        for (Stage stage : stages) {
            double[] entering = values;
            values = stage.thread().call(() -> through(stage.model(), in, entering));
        }
        return values;
    }

    /**
     * The hidden states behind the part's last layer, or the logits where the part has the head.
     *
     * @param entering the hidden states [t, h] before its first layer; null where it has the
     *     embedding
     */
    private static double[] through(LoadedModel model, PackedMicroBatch in, double[] entering) {
        int tokens = in.tokenCount();
        int width = model.part().head()
                ? model.config().vocabSize()
                : model.config().hiddenSize();
        double[] leaving = new double[Math.multiplyExact(tokens, width)];
        try (HeldScope scope = model.held();
                LlamaPass pass = new LlamaPass(model, in, PLAN, LayerListener.NONE)) {
            Tensor x = entering == null
                    ? pass.forward(false)
                    : pass.forward(hidden(model, tokens, entering, scope), false);
            model.tensors().read(model.part().head() ? pass.logits(x) : x, 0, leaving);
        }
        return leaving;
    }

    /**
     * Where NaN or infinity first appeared in a micro-batch that failed by it, in words: as
     * {@link NonFiniteSearch#locate} on one card.
     */
    String nonFinite(List<PackedSequence> sequences) {
        Optional<String> found = first(stages, stage -> search(stage).adapter());
        for (int i = 0; i < sequences.size() && found.isEmpty(); i++) {
            PackedSequence sequence = sequences.get(i);
            found = forward(sequence).map(block -> block + ", of sequence " + sequence.ordinal());
        }
        return found.or(() -> first(stages.reversed(), stage -> search(stage).gradient()))
                .orElse(NonFiniteSearch.OVERFLOW);
    }

    private static Optional<String> first(
            List<Stage> stages, Function<Stage, Optional<String>> question) {
        return stages.stream()
                .map(stage -> stage.thread().call(() -> question.apply(stage)))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static NonFiniteSearch search(Stage stage) {
        return new NonFiniteSearch(
                stage.model(),
                stage.parts().layout(),
                stage.adapter().flat(),
                stage.parts().scratch());
    }

    private Optional<String> forward(PackedSequence sequence) {
        PackedMicroBatch in = PackedMicroBatch.of(
                List.of(sequence), stages.getFirst().model().config().vocabSize());
        AtomicReference<double[]> values = new AtomicReference<>();
        return first(stages, stage -> {
            LoadedModel model = stage.model();
            double[] entering = values.get();
            try (HeldScope scope = model.held()) {
                Tensor x =
                        entering == null ? null : hidden(model, in.tokenCount(), entering, scope);
                return search(stage).forward(in, PLAN, x, leaving -> {
                    double[] read = new double[in.tokenCount() * model.config().hiddenSize()];
                    model.tensors().read(leaving, 0, read);
                    values.set(read);
                });
            }
        });
    }

    private static Tensor hidden(LoadedModel model, int tokens, double[] values, HeldScope into) {
        into.hold(model.sizes().hidden(tokens));
        Tensor flat = model.tensors().doubles(into.scope(), values, model.precision());
        return model.script()
                .asMatrix(into.scope(), flat, tokens, model.config().hiddenSize());
    }
}
