package dev.plimsoll.engine.fold;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.linear.AdapterTensors;
import dev.plimsoll.engine.pass.LoadedModel;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.hf.AdapterLayout;
import dev.plimsoll.model.shapes.AdapterSizes;

import java.util.List;
import java.util.function.Function;

/** The adapter that the passes compute with: one flat vector, and its copies beside the weights. */
public final class LiveAdapter implements AutoCloseable {

    private final LoadedModel model;
    private final AdapterLayout layout;
    private HeldScope scope;
    private Tensor flat;
    private List<TensorList> windows;

    /** Zeros: the base model. */
    public LiveAdapter(LoadedModel model, AdapterLayout layout) {
        this.model = model;
        this.layout = layout;
        load(0, new float[layout.totalParameters()]);
    }

    public void load(long version, float[] values) {
        load(
                version,
                values.length,
                into -> model.tensors().floats(into, values, model.precision()));
    }

    /** The same in double precision. */
    public void load(long version, double[] values) {
        load(
                version,
                values.length,
                into -> model.tensors().doubles(into, values, model.precision()));
    }

    private void load(long version, int length, Function<Scope, Tensor> upload) {
        int expected = layout.totalParameters();
        if (length != expected) {
            throw new IllegalArgumentException("version " + version + " of the adapter has "
                    + length + " values, the layout has " + expected);
        }
        close();
        scope = model.held().hold(new AdapterSizes(expected, model.precision()).flatBytes());
        flat = upload.apply(scope.scope());
        windows = new AdapterTensors(layout, model.linearSizes())
                .perLayer(model.tensors(), scope, flat);
        spread();
    }

    /** In the compute precision; the same until the next load. */
    public Tensor flat() {
        return flat;
    }

    private void spread() {
        for (int layer = 0; layer < windows.size(); layer++) {
            TensorList ofLayer = windows.get(layer);
            model.weights()
                    .layers()
                    .get(layer)
                    .linears()
                    .values()
                    .forEach(linear -> linear.adopt(ofLayer));
        }
    }

    @Override
    public void close() {
        if (scope != null) {
            scope.close();
            scope = null;
        }
    }
}
