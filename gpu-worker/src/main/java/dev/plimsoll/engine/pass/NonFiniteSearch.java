package dev.plimsoll.engine.pass;

import dev.plimsoll.engine.LayerListener;
import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.engine.device.Refusal;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.AdapterLayout.Slot;
import dev.plimsoll.wire.protocol.MemoryPlan;

import java.util.List;
import java.util.Optional;

/**
 * Where NaN or infinity first appeared in a micro-batch that failed by it: in the adapter, in a
 * block's output for one of the sequences, or in a gradient. It runs each sequence forward again,
 * by itself.
 */
public final class NonFiniteSearch {

    private final LoadedModel model;
    private final AdapterLayout layout;
    private final Tensor adapter;
    private final Tensor gradients;

    /** @param gradients flat, of the micro-batch that failed */
    public NonFiniteSearch(
            LoadedModel model, AdapterLayout layout, Tensor adapter, Tensor gradients) {
        this.model = model;
        this.layout = layout;
        this.adapter = adapter;
        this.gradients = gradients;
    }

    /** In words. */
    public String locate(List<PackedSequence> sequences, MemoryPlan plan) {
        Optional<Slot> broken =
                layout.slots().stream().filter(slot -> broken(adapter, slot)).findFirst();
        if (broken.isPresent()) {
            return "the adapter's " + broken.get().peftName();
        }
        try {
            for (PackedSequence sequence : sequences) {
                Optional<String> block = forward(sequence, plan);
                if (block.isPresent()) {
                    return block.get() + ", of sequence " + sequence.ordinal();
                }
            }
        } catch (RuntimeException e) {
            return Refusal.of(e)
                    .map(refused -> "no place that could be found: the search ran out of memory")
                    .orElseThrow(() -> e);
        }
        return gradient();
    }

    private Optional<String> forward(PackedSequence sequence, MemoryPlan plan) {
        PackedMicroBatch in =
                PackedMicroBatch.of(List.of(sequence), model.config().vocabSize());
        try (LlamaPass pass = new LlamaPass(model, in, plan, LayerListener.NONE)) {
            return pass.firstNonFinite();
        }
    }

    /** Backward begins with the last layer: the first that it breaks is the last one broken. */
    private String gradient() {
        return layout.slots().reversed().stream()
                .filter(slot -> broken(gradients, slot))
                .findFirst()
                .map(slot -> "the gradient of " + slot.peftName())
                .orElse("the sum of finite gradients, which overflows");
    }

    private boolean broken(Tensor flat, Slot slot) {
        try (Scope scope = model.script().scope()) {
            Tensor window = model.script().rows(scope, flat, slot.offset(), slot.size());
            return model.script().nonFinite(window) > 0;
        }
    }
}
