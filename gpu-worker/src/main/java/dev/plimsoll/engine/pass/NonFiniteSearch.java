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
import java.util.function.Consumer;

/**
 * Where NaN or infinity first appeared in a micro-batch that failed by it: in the adapter, in a
 * block's output for one of the sequences, or in a gradient. It runs each sequence forward again,
 * by itself. For a part of a model it tells of that part.
 */
public final class NonFiniteSearch {

    /** Where nothing by itself is broken. */
    public static final String OVERFLOW = "the sum of finite gradients, which overflows";

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
        Optional<String> found = adapter();
        for (int i = 0; i < sequences.size() && found.isEmpty(); i++) {
            PackedSequence sequence = sequences.get(i);
            found = forward(
                            PackedMicroBatch.of(
                                    List.of(sequence), model.config().vocabSize()),
                            plan,
                            null,
                            x -> {})
                    .map(block -> block + ", of sequence " + sequence.ordinal());
        }
        return found.or(this::gradient).orElse(OVERFLOW);
    }

    /** The first broken tensor of the adapter. */
    public Optional<String> adapter() {
        return layout.slots().stream()
                .filter(slot -> broken(adapter, slot))
                .findFirst()
                .map(slot -> "the adapter's " + name(slot));
    }

    /**
     * The first broken block of a forward pass through this part of the model.
     *
     * @param in one sequence
     * @param entering the hidden states before the part's first layer; null where it has the
     *     embedding
     * @param leaving is given the hidden states behind its last layer, where all are finite
     */
    public Optional<String> forward(
            PackedMicroBatch in, MemoryPlan plan, Tensor entering, Consumer<Tensor> leaving) {
        try (LlamaPass pass = new LlamaPass(model, in, plan, LayerListener.NONE)) {
            return pass.firstNonFinite(entering, leaving);
        } catch (RuntimeException e) {
            return Refusal.of(e)
                    .map(refused -> Optional.of(
                            "no place that could be found: the search ran out of memory"))
                    .orElseThrow(() -> e);
        }
    }

    /** Backward begins with the last layer: the first that it breaks is the last one broken. */
    public Optional<String> gradient() {
        return layout.slots().reversed().stream()
                .filter(slot -> broken(gradients, slot))
                .findFirst()
                .map(slot -> "the gradient of " + name(slot));
    }

    /** By its number in the whole model. */
    private String name(Slot slot) {
        return AdapterLayout.peftName(
                model.part().from() + slot.layer(), slot.projection(), slot.isA());
    }

    private boolean broken(Tensor flat, Slot slot) {
        try (Scope scope = model.script().scope()) {
            Tensor window = model.script().rows(scope, flat, slot.offset(), slot.size());
            return model.script().nonFinite(window) > 0;
        }
    }
}
