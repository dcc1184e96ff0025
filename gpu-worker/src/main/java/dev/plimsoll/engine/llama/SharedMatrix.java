package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.torch.TorchScript;
import dev.plimsoll.engine.torch.Value;
import java.util.EnumMap;
import java.util.Map;

/** The one matrix into which packed weights are spread when they are needed: the largest linear map's size. */
final class SharedMatrix {

    private final Map<Linear, Value> views = new EnumMap<>(Linear.class);
    private final long bytes;
    private LinearWeights holder;

    SharedMatrix(DeviceTensors tensors, HeldScope into, LinearSizes sizes, Precision precision) {
        TorchScript script = tensors.script();
        long elements =
                Linear.all().stream().mapToLong(sizes::matrixElements).max().orElseThrow();
        bytes = elements * precision.bytes();
        into.hold(bytes);
        Value buffer = script.call(into.scope(), "zeros", elements, precision.torchDtype(), tensors.device());
        for (Linear linear : Linear.all()) {
            int rows = sizes.rows(linear) + sizes.tail(linear);
            int columns = sizes.columns(linear) + sizes.tail(linear);
            views.put(linear, script.call(into.scope(), "as_matrix", buffer, rows, columns));
        }
    }

    long bytes() {
        return bytes;
    }

    /** Writes the matrix unless it is there already. A writer that fails leaves nobody as the holder. */
    Value of(LinearWeights wanted, Linear linear, java.util.function.Consumer<Value> writer) {
        Value view = views.get(linear);
        if (holder != wanted) {
            holder = null;
            writer.accept(view);
            holder = wanted;
        }
        return view;
    }

    /** A new adapter version makes what is there stale. */
    void forget() {
        holder = null;
    }
}
