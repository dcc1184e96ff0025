package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.engine.script.Value;

/**
 * By PyTorch's operators, on every device.
 *
 * @param quantize with the methods of quantize.py
 * @param none a factor without elements, [0, 1]
 */
record ComposedFp8Coder(TorchScript quantize, Value none) implements Fp8Coder {

    @Override
    public Value rows(HeldScope into, Rows x, int columns) {
        return scaledRows(into, x, columns, none);
    }

    @Override
    public Value scaledRows(HeldScope into, Rows x, int columns, Value factor) {
        into.hold(Fp8Coder.bytes(x.count(), columns));
        return quantize.call(into.scope(), "fp8_code", x.tensor(), columns, factor);
    }

    @Override
    public Value turned(HeldScope into, Value codes, int o, int i) {
        into.hold((long) o * i);
        return quantize.call(into.scope(), "fp8_turn", codes);
    }
}
