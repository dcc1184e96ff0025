package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;

/**
 * By PyTorch's operators, on every device.
 *
 * @param quantize with the methods of quantize.py
 * @param none a factor without elements, [0, 1]
 */
record ComposedFp8Coder(QuantizeScript quantize, Tensor none) implements Fp8Coder {

    @Override
    public TensorList rows(HeldScope into, Rows x, int columns) {
        return scaledRows(into, x, columns, none);
    }

    @Override
    public TensorList scaledRows(HeldScope into, Rows x, int columns, Tensor factor) {
        into.hold(Fp8Coder.bytes(x.count(), columns));
        return quantize.fp8Code(into.scope(), x.tensor(), columns, factor);
    }

    @Override
    public Tensor turned(HeldScope into, Tensor codes, int o, int i) {
        into.hold((long) o * i);
        return quantize.fp8Turn(into.scope(), codes);
    }
}
