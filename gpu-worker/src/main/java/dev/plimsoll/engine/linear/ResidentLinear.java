package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.engine.script.Value;

/**
 * Weights in the compute precision, kept with the adapter around them: the frozen part is never
 * touched again.
 */
public record ResidentLinear(TorchScript script, Linear linear, Value around, long bytes)
        implements LinearWeights {

    @Override
    public Value adapter() {
        return around;
    }

    @Override
    public void adopt(Value adapterWindows) {
        script.callVoid("fill_adapter", around, adapterWindows, linear.first(), linear.parts());
    }
}
