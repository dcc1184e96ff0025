package dev.plimsoll.engine.fold;

import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.AdapterLayout.Slot;

/** Where each layer's parameters lie in the flat adapter: one range, behind those before it. */
final class LayerRanges {

    private final int[] starts;

    LayerRanges(AdapterLayout layout) {
        int layers = layout.config().layers();
        starts = new int[layers + 1];
        for (Slot slot : layout.slots()) {
            starts[slot.layer() + 1] += slot.size();
        }
        for (int layer = 0; layer < layers; layer++) {
            starts[layer + 1] += starts[layer];
        }
    }

    int from(int layer) {
        return starts[layer];
    }

    int to(int layer) {
        return starts[layer + 1];
    }

    int length(int layer) {
        return to(layer) - from(layer);
    }

    int longest() {
        int longest = 0;
        for (int layer = 0; layer + 1 < starts.length; layer++) {
            longest = Math.max(longest, length(layer));
        }
        return longest;
    }
}
