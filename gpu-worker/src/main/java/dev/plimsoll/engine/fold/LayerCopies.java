package dev.plimsoll.engine.fold;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.OptimizerFold;
import dev.plimsoll.engine.kernels.OptimizerFold.Values;
import dev.plimsoll.engine.linear.LayerWeights;
import dev.plimsoll.engine.linear.LinearWeights;
import dev.plimsoll.engine.pass.LoadedModel;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.hf.AdapterLayout.Slot;
import dev.plimsoll.model.shapes.Linear;
import dev.plimsoll.wire.run.Projection;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the layers keep A and B of their linear maps: a table, so that one kernel writes all of
 * them from the flat adapter. What is zero beside them stays as a load has left it.
 */
final class LayerCopies {

    /**
     * A matrix of the adapter, which is a window of a layer's matrix.
     *
     * @param from its first element in the flat adapter
     * @param address of its first element in the layer
     * @param stride elements from a row to the next there
     */
    record Piece(long from, long rows, long columns, long address, long stride) {}

    /** Of numbers in a piece. */
    private static final int NUMBERS = 5;

    private final LoadedModel model;
    private final Tensor table;
    private final int count;

    LayerCopies(LoadedModel model, AdapterLayout layout, HeldScope into) {
        List<Piece> pieces = pieces(
                model.script(),
                model.weights().layers(),
                layout,
                model.precision().bytes());
        long[] numbers = new long[NUMBERS * pieces.size()];
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            numbers[NUMBERS * i] = piece.from();
            numbers[NUMBERS * i + 1] = piece.rows();
            numbers[NUMBERS * i + 2] = piece.columns();
            numbers[NUMBERS * i + 3] = piece.address();
            numbers[NUMBERS * i + 4] = piece.stride();
        }
        into.hold((long) Long.BYTES * numbers.length);
        this.model = model;
        this.count = pieces.size();
        this.table = model.tensors().integers(into.scope(), numbers, TorchDtype.INT64);
    }

    /** Copies the adapter, whose values have changed, to the layers. */
    void write(OptimizerFold kernels, Values flat) {
        if (count > 0) {
            kernels.spread(flat, model.script().address(table), count);
        }
        model.weights().layers().stream()
                .flatMap(layer -> layer.linears().values().stream())
                .forEach(LinearWeights::changed);
    }

    /** @param valueBytes of a value of the adapter in the layers */
    static List<Piece> pieces(
            LlamaScript script, List<LayerWeights> layers, AdapterLayout layout, int valueBytes) {
        List<Piece> pieces = new ArrayList<>();
        for (int layer = 0; layer < layers.size(); layer++) {
            int number = layer;
            layers.get(layer)
                    .linears()
                    .forEach((linear, weights) -> weights.adopted()
                            .ifPresent(list -> pieces.addAll(
                                    pieces(script, layout, number, linear, list, valueBytes))));
        }
        return pieces;
    }

    /** As fill_adapter in llama.py goes through the projections of a linear map. */
    private static List<Piece> pieces(
            LlamaScript script,
            AdapterLayout layout,
            int layer,
            Linear linear,
            TensorList list,
            int valueBytes) {
        List<Piece> pieces = new ArrayList<>();
        try (Scope scope = script.scope()) {
            Tensor a = script.element(scope, list, 0);
            Tensor b = script.element(scope, list, 1);
            long aStride = (long) script.stride(a);
            long bStride = (long) script.stride(b);
            long row = 0;
            long rank = 0;
            for (Projection p : linear.projections()) {
                Slot inner = layout.slot(AdapterLayout.peftName(layer, p, true));
                Slot outer = layout.slot(AdapterLayout.peftName(layer, p, false));
                if (inner != null) {
                    long aAt = script.address(a) + rank * aStride * valueBytes;
                    long bAt = script.address(b) + (row * bStride + rank) * valueBytes;
                    pieces.add(piece(inner, aAt, aStride));
                    pieces.add(piece(outer, bAt, bStride));
                    rank += inner.rows();
                }
                row += layout.config().outFeatures(p);
            }
        }
        return pieces;
    }

    private static Piece piece(Slot slot, long address, long stride) {
        return new Piece(slot.offset(), slot.rows(), slot.cols(), address, stride);
    }
}
