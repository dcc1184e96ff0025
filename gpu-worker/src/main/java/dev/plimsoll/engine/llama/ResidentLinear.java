package dev.plimsoll.engine.llama;

import dev.plimsoll.engine.torch.TorchScript;
import dev.plimsoll.engine.torch.Value;

/**
 * Weights in the compute precision, kept with the adapter around them: the frozen part is never
 * touched again.
 */
record ResidentLinear(TorchScript script, Linear linear, Value around, long bytes)
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
