package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.shapes.Linear;

import java.util.Optional;

/**
 * Weights in the compute precision, kept with the adapter around them: the frozen part is never
 * touched again.
 */
public final class ResidentLinear implements LinearWeights {

    private final LlamaScript script;
    private final Linear linear;
    private final TensorList around;
    private final long bytes;
    private TensorList windows;

    public ResidentLinear(LlamaScript script, Linear linear, TensorList around, long bytes) {
        this.script = script;
        this.linear = linear;
        this.around = around;
        this.bytes = bytes;
    }

    @Override
    public TensorList around() {
        return around;
    }

    @Override
    public TensorList adapter() {
        return around;
    }

    @Override
    public void adopt(TensorList adapterWindows) {
        windows = adapterWindows;
        script.fillAdapter(around, adapterWindows, linear.first(), linear.parts());
    }

    @Override
    public TensorList windows() {
        return windows;
    }

    @Override
    public Optional<TensorList> adopted() {
        return Optional.of(around);
    }

    @Override
    public void changed() {}

    @Override
    public long bytes() {
        return bytes;
    }
}
