package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.script.DeviceTensors;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Precision;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;

import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The one matrix into which packed weights are spread when they are needed: as large as the largest
 * map that is.
 */
public final class SharedMatrix {

    /**
     * The matrix as one linear map sees it.
     *
     * @param matrix [o + R, i + R]
     * @param around [A, B, W]
     */
    record View(Tensor matrix, TensorList around) {}

    private final Map<Linear, View> views = new EnumMap<>(Linear.class);
    private LinearWeights holder;

    /** @param linears that are ever spread */
    public SharedMatrix(
            DeviceTensors tensors,
            HeldScope into,
            LinearSizes sizes,
            Precision precision,
            Collection<Linear> linears) {
        LlamaScript script = tensors.script();
        long elements = linears.stream().mapToLong(sizes::matrixElements).max().orElseThrow();
        into.hold(elements * precision.bytes());
        Tensor buffer =
                script.zeros(into.scope(), elements, precision.torchDtype(), tensors.device());
        for (Linear linear : linears) {
            int rows = sizes.rows(linear) + sizes.tail(linear);
            int columns = sizes.columns(linear) + sizes.tail(linear);
            Tensor matrix = script.asMatrix(into.scope(), buffer, rows, columns);
            TensorList around =
                    script.around(into.scope(), matrix, sizes.rows(linear), sizes.columns(linear));
            views.put(linear, new View(matrix, around));
        }
    }

    /**
     * [A, B, W], which is written unless it is there already. A writer that fails leaves nobody as
     * the holder.
     */
    TensorList of(LinearWeights wanted, Linear linear, Consumer<View> writer) {
        View view = views.get(linear);
        if (holder != wanted) {
            holder = null;
            writer.accept(view);
            holder = wanted;
        }
        return view.around();
    }

    /** A new adapter version makes what is there stale. */
    void forget() {
        holder = null;
    }
}
