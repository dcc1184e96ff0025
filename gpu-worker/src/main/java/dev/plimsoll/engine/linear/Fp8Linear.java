package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.engine.script.Value;

/**
 * e4m3 weights for the fp8 units, with the adapter beside them; spread like other packed weights
 * only where a product must not round its operands to fp8.
 *
 * @param codes [o, i]
 * @param scale [o, 1]
 * @param beside [A, B, codes, scale]
 */
public record Fp8Linear(
        TorchScript script, PackedLinear packed, Value codes, Value scale, Value beside, long bytes)
        implements LinearWeights {

    @Override
    public Value around() {
        return packed.around();
    }

    @Override
    public Value adapter() {
        return beside;
    }

    @Override
    public void adopt(Value adapterWindows) {
        Linear linear = packed.linear();
        script.callVoid("fill_adapter", beside, adapterWindows, linear.first(), linear.parts());
        packed.adopt(adapterWindows);
    }
}
