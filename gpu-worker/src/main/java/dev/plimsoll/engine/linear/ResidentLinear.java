package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.TensorList;
import dev.plimsoll.model.shapes.Linear;

import java.util.Optional;

/**
 * Weights in the compute precision, kept with the adapter around them: the frozen part is never
 * touched again.
 */
public record ResidentLinear(LlamaScript script, Linear linear, TensorList around, long bytes)
        implements LinearWeights {

    @Override
    public TensorList adapter() {
        return around;
    }

    @Override
    public void adopt(TensorList adapterWindows) {
        script.fillAdapter(around, adapterWindows, linear.first(), linear.parts());
    }

    @Override
    public Optional<TensorList> adopted() {
        return Optional.of(around);
    }

    @Override
    public void changed() {}
}
