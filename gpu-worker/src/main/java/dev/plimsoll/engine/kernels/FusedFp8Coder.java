package dev.plimsoll.engine.kernels;

import dev.plimsoll.engine.device.HeldScope;
import dev.plimsoll.engine.kernels.Kernels.Rows;
import dev.plimsoll.engine.nativelib.KernelModule;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.engine.script.Value;

/**
 * By kernels.cu, from compute capability 8.9 on; widths are multiples of 16.
 *
 * @param quantize with the methods of quantize.py
 * @param device number in quantize.py
 * @param composed for matrices that the turning kernel does not take
 */
record FusedFp8Coder(KernelModule module, TorchScript quantize, int device, Fp8Coder composed)
        implements Fp8Coder {

    private static final int THREADS = 256;
    private static final int TILE = 64;

    @Override
    public Value rows(HeldScope into, Rows x, int columns) {
        return coded(into, x, columns, 0);
    }

    @Override
    public Value scaledRows(HeldScope into, Rows x, int columns, Value factor) {
        return coded(into, x, columns, quantize.address(factor));
    }

    private Value coded(HeldScope into, Rows x, int columns, long factor) {
        into.hold(Fp8Coder.bytes(x.count(), columns));
        Value room = quantize.call(into.scope(), "fp8_room", x.count(), columns, device);
        try (Scope temporary = quantize.scope()) {
            module.launch(
                    "fp8_rows",
                    x.count(),
                    1,
                    THREADS,
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
    public Value turned(HeldScope into, Value codes, int o, int i) {
        if (o % TILE != 0 || i % TILE != 0) {
            return composed.turned(into, codes, o, i);
        }
        into.hold((long) o * i);
        Value turned = quantize.call(into.scope(), "fp8_codes", i, o, device);
        module.launch(
                "fp8_turn",
                i / TILE,
                o / TILE,
                THREADS,
                quantize.address(codes),
                quantize.address(turned),
                o,
                i);
        return turned;
    }
}
