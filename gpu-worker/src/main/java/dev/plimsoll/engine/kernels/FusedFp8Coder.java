package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.nativelib.CudaKernels;
import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TensorList;

/**
 * By kernels.cu, from compute capability 8.9 on; widths are multiples of 16.
 *
 * @param quantize with the methods of quantize.py
 * @param device number in quantize.py
 */
record FusedFp8Coder(CudaKernels cuda, QuantizeScript quantize, int device) implements Fp8Coder {

    private static final int TILE = 128;

    @Override
    public TensorList rows(HeldScope into, Rows x, int columns) {
        return coded(into, x, columns, 0);
    }

    @Override
    public TensorList scaledRows(HeldScope into, Rows x, int columns, Tensor factor) {
        return coded(into, x, columns, quantize.address(factor));
    }

    private TensorList coded(HeldScope into, Rows x, int columns, long factor) {
        into.hold(Fp8Coder.bytes(x.count(), columns));
        TensorList room = quantize.fp8Room(into.scope(), x.count(), columns, device);
        try (Scope temporary = quantize.scope()) {
            cuda.fp8Rows(
                    x.count(),
                    quantize.address(x.tensor()),
                    (long) x.ld(),
                    factor,
                    quantize.address(quantize.element(temporary, room, 0)),
                    quantize.address(quantize.element(temporary, room, 1)),
                    columns);
        }
        return room;
    }

    @Override
    public Tensor turned(HeldScope into, Tensor codes, int o, int i) {
        into.hold((long) o * i);
        Tensor turned = quantize.fp8Codes(into.scope(), i, o, device);
        cuda.fp8Turn(
                Math.ceilDiv(i, TILE),
                Math.ceilDiv(o, TILE),
                quantize.address(codes),
                quantize.address(turned),
                o,
                i);
        return turned;
    }
}
