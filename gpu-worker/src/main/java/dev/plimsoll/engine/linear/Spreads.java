package dev.plimsoll.engine.linear;

import dev.plimsoll.engine.nativelib.CudaKernels;
import dev.plimsoll.engine.script.LlamaScript;
import dev.plimsoll.engine.script.QuantizeScript;
import dev.plimsoll.engine.script.Scope;
import dev.plimsoll.engine.script.Tensor;
import dev.plimsoll.engine.script.TorchDtype;
import dev.plimsoll.model.shapes.Precision;

import java.util.List;

/**
 * Ways to spread quantized weights: by PyTorch's operators, or by the fused kernel where there is
 * one.
 */
public final class Spreads {

    private static final int NF4_VALUES_AT_ONCE = 32;
    private static final int NF4_VALUES_PER_THREAD = 4 * NF4_VALUES_AT_ONCE;
    /** Of a device, see quantize.py. */
    private static final int TABLES = 4;

    private static final long BF16_BYTES = 2;
    private static final int FP8_VALUES_PER_THREAD = 16;

    private Spreads() {}

    /** @param quantize with the methods of quantize.py, script with those of llama.py */
    public static PackedLinear.Spread nf4(QuantizeScript quantize, LlamaScript script, Nf4 nf4) {
        return (matrix, row, part) -> {
            try (Scope temporary = quantize.scope()) {
                Tensor window = script.block(temporary, matrix, row, part.rows(), part.columns());
                Tensor scales = scales(quantize, temporary, nf4, part);
                Tensor codes = part.tensors().getFirst();
                quantize.nf4DequantizeInto(window, codes, scales, nf4.tables());
            }
        };
    }

    public static PackedLinear.Spread nf4Fused(
            QuantizeScript quantize, LlamaScript script, Nf4 nf4, CudaKernels cuda) {
        PackedLinear.Spread composed = nf4(quantize, script, nf4);
        return (matrix, row, part) -> {
            if (part.columns() % NF4_VALUES_AT_ONCE != 0) {
                composed.into(matrix, row, part);
                return;
            }
            long[] tables = script.addresses(nf4.tables(), TABLES);
            long ld = script.rowStride(matrix);
            long elements = (long) part.rows() * part.columns();
            List<Tensor> parts = part.tensors();
            cuda.nf4Dequantize(
                    CudaKernels.blocks(
                            (elements + NF4_VALUES_PER_THREAD - 1) / NF4_VALUES_PER_THREAD),
                    script.address(parts.get(0)),
                    script.address(parts.get(1)),
                    script.address(parts.get(2)),
                    script.address(parts.get(3)),
                    tables[2],
                    tables[0],
                    script.address(matrix) + BF16_BYTES * row * ld,
                    ld,
                    elements,
                    part.columns());
        };
    }

    private static Tensor scales(
            QuantizeScript quantize, Scope into, Nf4 nf4, PackedLinear.Part part) {
        return quantize.nf4Scales(
                into,
                part.tensors().get(1),
                part.tensors().get(2),
                part.tensors().get(3),
                nf4.tables());
    }

    public static PackedLinear.Spread fp8(
            QuantizeScript quantize, LlamaScript script, Precision precision) {
        return (matrix, row, part) -> {
            try (Scope temporary = quantize.scope()) {
                Tensor codes = part.tensors().getFirst();
                Tensor scale = part.tensors().getLast();
                Tensor weight =
                        quantize.fp8Dequantize(temporary, codes, scale, TorchDtype.of(precision));
                script.put(matrix, row, 0, weight);
            }
        };
    }

    /** From compute capability 8.9 on, for columns that are a multiple of 16. */
    public static PackedLinear.Spread fp8Fused(LlamaScript script, CudaKernels cuda) {
        return (matrix, row, part) -> {
            try (Scope temporary = script.scope()) {
                Tensor window = script.block(temporary, matrix, row, part.rows(), part.columns());
                long elements = (long) part.rows() * part.columns();
                cuda.fp8Dequantize(
                        CudaKernels.blocks(elements / FP8_VALUES_PER_THREAD),
                        script.address(part.tensors().getFirst()),
                        script.address(part.tensors().getLast()),
                        script.address(window),
                        (long) script.stride(matrix),
                        elements,
                        part.columns());
            }
        };
    }
}
