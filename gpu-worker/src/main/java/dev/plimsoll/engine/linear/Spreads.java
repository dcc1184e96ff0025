package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.nativelib.KernelModule;
import dev.plimsoll.engine.script.Precision;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.TorchScript;
import dev.plimsoll.engine.script.Value;

/**
 * Ways to spread quantized weights: by PyTorch's operators, or by the fused kernel where there is
 * one.
 */
public final class Spreads {

    private static final int THREADS = 256;
    private static final int VALUES_PER_THREAD = 32;
    private static final int FP8_VALUES_PER_THREAD = 16;

    private Spreads() {}

    /** @param quantize with the methods of quantize.py, script with those of llama.py */
    public static PackedLinear.Spread nf4(TorchScript quantize, TorchScript script, Nf4 nf4) {
        return (matrix, row, part) -> {
            try (Scope temporary = quantize.scope()) {
                Value window =
                        script.call(temporary, "block", matrix, row, part.rows(), part.columns());
                Value scales = scales(quantize, temporary, nf4, part);
                Value codes = part.tensors().getFirst();
                quantize.callVoid("nf4_dequantize_into", window, codes, scales, nf4.tables());
            }
        };
    }

    public static PackedLinear.Spread nf4Fused(
            TorchScript quantize, TorchScript script, Nf4 nf4, KernelModule module) {
        PackedLinear.Spread composed = nf4(quantize, script, nf4);
        return (matrix, row, part) -> {
            if (part.columns() % VALUES_PER_THREAD != 0) {
                composed.into(matrix, row, part);
                return;
            }
            try (Scope temporary = quantize.scope()) {
                Value window =
                        script.call(temporary, "block", matrix, row, part.rows(), part.columns());
                Value scales = scales(quantize, temporary, nf4, part);
                Value pairs = quantize.element(temporary, nf4.tables(), 0);
                long elements = (long) part.rows() * part.columns();
                module.launch(
                        "nf4_dequantize",
                        blocks(elements / VALUES_PER_THREAD),
                        1,
                        THREADS,
                        script.address(part.tensors().getFirst()),
                        script.address(scales),
                        script.address(pairs),
                        script.address(window),
                        (long) script.callDouble("stride", matrix),
                        elements,
                        part.columns());
            }
        };
    }

    private static Value scales(TorchScript quantize, Scope into, Nf4 nf4, PackedLinear.Part part) {
        return quantize.call(
                into,
                "nf4_scales",
                part.tensors().get(1),
                part.tensors().get(2),
                part.tensors().get(3),
                nf4.tables());
    }

    public static PackedLinear.Spread fp8(
            TorchScript quantize, TorchScript script, Precision precision) {
        return (matrix, row, part) -> {
            try (Scope temporary = quantize.scope()) {
                Value codes = part.tensors().getFirst();
                Value scale = part.tensors().getLast();
                Value weight = quantize.call(
                        temporary, "fp8_dequantize", codes, scale, precision.torchDtype());
                script.callVoid("put", matrix, row, 0, weight);
            }
        };
    }

    /** From compute capability 8.9 on, for columns that are a multiple of 16. */
    public static PackedLinear.Spread fp8Fused(TorchScript script, KernelModule module) {
        return (matrix, row, part) -> {
            try (Scope temporary = script.scope()) {
                Value window =
                        script.call(temporary, "block", matrix, row, part.rows(), part.columns());
                long elements = (long) part.rows() * part.columns();
                module.launch(
                        "fp8_dequantize",
                        blocks(elements / FP8_VALUES_PER_THREAD),
                        1,
                        THREADS,
                        script.address(part.tensors().getFirst()),
                        script.address(part.tensors().getLast()),
                        script.address(window),
                        (long) script.callDouble("stride", matrix),
                        elements,
                        part.columns());
            }
        };
    }

    private static int blocks(long threads) {
        return Math.toIntExact((threads + THREADS - 1) / THREADS);
    }
}
