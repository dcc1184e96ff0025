package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.pass.LlamaPass;
import dev.plimsoll.engine.pass.LoadedModel;
import dev.plimsoll.engine.pass.PackedMicroBatch;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.List;

/** One sequence from card to card without haste: its hidden states pass through Java. */
record Stroll(List<Stage> stages) {

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

    private static Tensor hidden(LoadedModel model, int tokens, double[] values, HeldScope into) {
        into.hold(model.sizes().hidden(tokens));
        Tensor flat = model.tensors().doubles(into.scope(), values, model.precision());
        return model.script()
                .asMatrix(into.scope(), flat, tokens, model.config().hiddenSize());
    }
}
